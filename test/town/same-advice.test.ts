/** `explain` of a bead and `attention` say the same of one trouble: what it is, and the one command for it. */
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import { anAgent, aTown, beads, failed, quiet, reports, rows, type TestTown, tamper } from "./town.ts";

const get = async ({ name }: TestTown, path: string) => json(await call("GET", `/v1/towns/${name}${path}`));
const MINUTE = 60_000;

/** Whoever runs it ends so, once. */
async function ended(kind: "provider_limited" | "auth", retryAfterMs?: number, agent: object = {}): Promise<TestTown> {
  const town = await aTown();
  await anAgent(town, "ada", "accept", agent);
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, { ...failed(kind, retryAfterMs), message: `so it is with ${kind}` } as never);
  await quiet(town);
  return town;
}

test.each([
  ["auth", undefined, "agent_trouble"],
  ["provider_limited", 2 * MINUTE, "limited"],
  ["provider_limited", 20 * MINUTE, "limited"],
] as const)("one bead and one agent that ends with %s, for %s ms", async (kind, retryAfterMs, item) => {
  const town = await ended(kind, retryAfterMs);
  const [{ items }, { gates, unblock }] = await Promise.all([
    get(town, "/attention"),
    get(town, "/beads/lib-1/explain"),
  ]);
  expect(items).toMatchObject([{ kind: item, target: { type: "agent", id: "ada" } }]);
  expect(unblock.command).toBe(items[0].command);
  expect(unblock.command).toBe("npm run town -- enable ada");
  const shut = gates.filter(({ ok }: { ok: boolean }) => !ok);
  expect(JSON.stringify(shut)).toContain(`so it is with ${kind}`);
  // A limit of its own does not make the town stand still, and a short one is no emergency.
  const { verdict, banner } = await get(town, "/health");
  if (retryAfterMs === 2 * MINUTE) expect({ verdict, banner }).toEqual({ verdict: "healthy", banner: null });
  expect((await call(items[0].verb.method, items[0].verb.path, items[0].verb.body)).status).toBe(200);
  expect((await get(town, "/attention")).items).toEqual([]);
});

test("what is shared is the provider's, in both", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept", { provider: "acme" });
  await anAgent(town, "bob", "accept", { provider: "acme" });
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  for (const { fence } of (await rows(town)).attempts) await reports(town, fence, failed("auth"));
  await quiet(town);
  const { items } = await get(town, "/attention");
  const { unblock } = await get(town, "/beads/lib-1/explain");
  expect(items).toMatchObject([{ kind: "provider_trouble", command: "npm run town -- provider retry acme" }]);
  expect(unblock.command).toBe(items[0].command);
});

test("a limit that is over in a moment is told of nowhere but with its bead", async () => {
  const town = await ended("provider_limited", 5_000);
  expect((await get(town, "/attention")).items).toEqual([]);
  expect((await get(town, "/beads/lib-1/explain")).unblock.command).toBe("npm run town -- enable ada");
});

test("one rig that stands still makes no other rig's short limit an emergency", async () => {
  const town = await ended("provider_limited", 2 * MINUTE);
  await call("POST", `/v1/towns/${town.name}/rigs`, { id: "app", repoUrl: "/repos/app.git" });
  await beads(town, { title: "nobody's", rig: "app" });
  await town.stub().reconcile();
  await quiet(town);
  const { verdict, evidence } = await get(town, "/health");
  expect({ verdict, evidence }).toMatchObject({ verdict: "starved", evidence: { rig: "app" } });
  const kinds = (await get(town, "/attention")).items.map(({ key }: { key: string }) => key);
  expect(kinds).toEqual(["stuck:app", "limited:ada"]);
});

test("`explain` shows the last that a failed try printed, of its report or of its log", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  expect((await get(town, "/beads/lib-1/explain")).lastTry).toBeNull();
  const lines = Array.from({ length: 50 }, (_, n) => `line ${n}`).join("\n");
  await reports(town, 1, { ...failed(), outputTail: `${lines}\n` } as never);
  const { lastTry } = await get(town, "/beads/lib-1/explain");
  expect(lastTry).toMatchObject({ fence: 1, kind: "run" });
  expect(lastTry.tail.split("\n")).toHaveLength(20);
  expect(lastTry.tail.endsWith("line 49")).toBe(true);
  await tamper(town, "UPDATE attempts SET output_tail = ''");
  await tamper(
    town,
    "INSERT INTO attempt_logs (fence, seq, at_ms, text) VALUES (1, 1, 1, ?), (1, 2, 2, ?)",
    "a\n",
    "b\n",
  );
  expect((await get(town, "/beads/lib-1/explain")).lastTry.tail).toBe("a\nb");
});
