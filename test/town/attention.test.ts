/** What waits for a person: each with its evidence, and with the request that mends it. */
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  aTown,
  beads,
  failed,
  heartbeat,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  timePasses,
} from "./town.ts";

const DAY = 86_400_000;
const attention = async ({ name }: TestTown) => json(await call("GET", `/v1/towns/${name}/attention`));

/** Does what an item says should be done. */
async function mend(verb: string) {
  const [method = "", path = "", ...body] = verb.split(" ");
  return (await call(method, path, body.length > 0 ? JSON.parse(body.join(" ")) : undefined)).status;
}

test("a town in which nothing waits for anybody has an empty list", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  expect(await attention(town)).toEqual({ status: 200, items: [], more: false });
  expect(await json(await call("GET", "/v1/towns/nowhere/attention"))).toMatchObject({ status: 404 });
  expect(await json(await call("GET", `/v1/towns/${town.name}/attention?limit=3`))).toMatchObject({ status: 422 });
});

test("a parked bead, until it is tried again", async () => {
  const town = await aTown({ settings: { agentFailureBudget: 1 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, failed());
  const { items } = await attention(town);
  expect(items).toMatchObject([
    {
      kind: "parked",
      since: expect.stringMatching(/^20/),
      what: "lib-1 is parked: the agent exited with code 1",
      evidence: { bead: "lib-1", failures: 1, failure: { code: "exit_code" } },
      verb: `POST /v1/towns/${town.name}/beads/lib-1/retry`,
    },
  ]);
  expect(await mend(items[0].verb)).toBe(200);
  expect(await attention(town)).toMatchObject({ items: [] });
});

test("a run that has long stood still, until it is stopped; one that was only nudged is nobody's business", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, heartbeat);
  await tamper(town, "UPDATE attempts SET stall = 1, agent_active_at_ms = ?", Date.now() - 30 * 60_000);
  expect(await attention(town)).toMatchObject({ items: [] });
  await tamper(town, "UPDATE attempts SET agent_active_at_ms = ?", Date.now() - 50 * 60_000);
  await town.stub().reconcile();
  const { items } = await attention(town);
  expect(items).toMatchObject([
    {
      kind: "escalated",
      what: expect.stringContaining("ada on lib-1 has done nothing for 50 min"),
      evidence: { fence: 1 },
    },
  ]);
  expect(await mend(items[0].verb)).toBe(200);
  expect(await attention(town)).toMatchObject({ items: [] });
});

test("a bead that keeps coming back from landing, while it is not over", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  await tamper(town, "UPDATE beads SET reworks = 2, status = CASE id WHEN 'lib-1' THEN 'in_review' ELSE 'closed' END");
  expect((await attention(town)).items).toMatchObject([{ kind: "conflicts", evidence: { bead: "lib-1", reworks: 2 } }]);
});

test("an agent that is not let in, until somebody says that it is well; its provider likewise", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await anAgent(town, "bob", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, failed("auth"));
  await tamper(
    town,
    "UPDATE agents SET trouble = ? WHERE id = 'bob'",
    JSON.stringify({ kind: "provider_limited", code: "limit", message: "limit reached", atMs: 1 }),
  );
  await tamper(
    town,
    "INSERT INTO providers (id, trouble) VALUES ('acme', ?)",
    JSON.stringify({ kind: "auth", code: "no_login", message: "no login", atMs: 2 }),
  );
  const { items } = await attention(town);
  expect(items).toMatchObject([
    {
      kind: "agent_trouble",
      evidence: { agent: "ada", trouble: { kind: "auth" } },
      command: "npm run town -- enable ada",
    },
    {
      kind: "provider_trouble",
      what: "no agent of acme can work: no login",
      verb: `POST /v1/towns/${town.name}/providers/acme/retry`,
    },
  ]);
  expect(await mend(items[0].verb)).toBe(200);
  expect((await attention(town)).items).toMatchObject([{ kind: "provider_trouble" }]);
});

test("an open breaker, and not one that has merely counted", async () => {
  const town = await aTown();
  const failure = { kind: "unreachable", code: "rejected", message: "connection refused", atMs: 1 };
  const breaker = { failures: 5, sinceMs: 1, fence: 5, failure, openUntilMs: null as number | null };
  await tamper(town, "UPDATE town SET breaker = ?", JSON.stringify(breaker));
  expect(await attention(town)).toMatchObject({ items: [] });
  await tamper(town, "UPDATE town SET breaker = ?", JSON.stringify({ ...breaker, openUntilMs: 9e12 }));
  expect((await attention(town)).items).toMatchObject([
    { kind: "breaker", evidence: { failures: 5 }, verb: `POST /v1/towns/${town.name}/breaker/close` },
  ]);
});

test("an event that could not be applied, until it is dismissed", async () => {
  const town = await aTown();
  await tamper(
    town,
    "INSERT INTO events (type, payload, received_at_ms, tries, due_at_ms) VALUES ('no_such_event', '{}', 1, 4, 1)",
  );
  await tamper(town, "UPDATE town SET events_received = events_received + 1");
  await timePasses(town);
  await town.stub().reconcile();
  expect((await attention(town)).items).toMatchObject([
    {
      kind: "quarantined",
      evidence: { type: "no_such_event", tries: 5 },
      verb: `DELETE /v1/towns/${town.name}/quarantine/1`,
    },
  ]);
  await town.stub().dismiss(1);
  expect((await attention(town)).items).toEqual([]);
});

test("a bead that somebody has held for more than a week, until it goes on", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  for (const id of ["lib-1", "lib-2"])
    await call("PATCH", `/v1/towns/${town.name}/beads/${id}`, { hold: { why: "the freeze", by: "mia" } });
  await tamper(town, "UPDATE beads SET hold = json_set(hold, '$.sinceMs', ?) WHERE id = 'lib-2'", Date.now() - 8 * DAY);
  const { items } = await attention(town);
  expect(items).toMatchObject([{ kind: "held", what: "lib-2 is held for 8 days by mia: the freeze" }]);
  expect(await mend(items[0].verb)).toBe(200);
  expect(await attention(town)).toMatchObject({ items: [] });
});

test("an open incident that a person can end", async () => {
  const town = await aTown();
  await beads(town, { title: "one" });
  await alarm(town);
  expect((await attention(town)).items).toMatchObject([
    {
      kind: "incident",
      evidence: { kind: "stuck", rig: "lib", hint: expect.any(String) },
      verb: `POST /v1/towns/${town.name}/agents`,
    },
  ]);
});

test("of each kind the newest are shown, and that there are more", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  for (let batch = 0; batch < 2; batch++)
    await beads(town, ...Array.from({ length: 150 }, (_, n) => ({ title: `bead ${n}` })));
  await quiet(town);
  await tamper(town, "UPDATE beads SET status = 'failed', closed_at_ms = 1000000 + seq WHERE id <> 'lib-1'");
  const { items, more } = await attention(town);
  expect(more).toBe(true);
  expect(items).toHaveLength(200);
  expect(items[0].evidence.bead).toBe("lib-300");
  expect((await rows(town)).attempts).toHaveLength(1);
});

test("a host without room: the agent cools down at no cost to its bead, and the figure is told", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "disk");
  await beads(town, { title: "one" });
  await quiet(town);
  const bead = await json(await call("GET", `/v1/towns/${town.name}/beads/lib-1`));
  expect(bead).toMatchObject({ failures: 0, lastFailure: { code: "low_disk" } });
  const { items } = await attention(town);
  const troubles = items.filter(({ kind }: { kind: string }) => kind === "agent_trouble");
  expect(troubles).toMatchObject([{ what: expect.stringContaining("ada can't work: Only 12 MiB are free") }]);
  const { gates } = await json(await call("GET", `/v1/towns/${town.name}/beads/lib-1/explain`));
  expect(JSON.stringify(gates)).toContain("Only 12 MiB are free");
});
