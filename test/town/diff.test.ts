/** What a bead's commits change is asked of the host that has them, and of none where rows tell that there are none. */
import { exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import { changesOf } from "./changes.ts";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  armedAt,
  asked,
  aTown,
  beads,
  failed,
  finished,
  HEAD,
  landed,
  looks,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  timePasses,
  violations,
} from "./town.ts";

const BASE = "c".repeat(40);
const EARLIER = "d".repeat(40);

/** A town whose bead has been tried once, and waits to land. */
async function inReview(repoUrl = "/repos/lib.git"): Promise<TestTown> {
  const town = await aTown({ gate: ["accept"], held: true, settings: { agentFailureBudget: 9 } });
  await tamper(town, "UPDATE rigs SET repo_url = ?", repoUrl);
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "Add it" });
  await quiet(town);
  await reports(town, 1, { ...finished, base: BASE } as typeof finished);
  return town;
}

const get = async ({ name }: TestTown, path: string, token?: string) =>
  json(await call("GET", `/v1/towns/${name}${path}`, undefined, token));

const tokenWith = async (scopes: string[]): Promise<string> =>
  (await json(await call("POST", "/v1/tokens", { name: "x", scopes }))).token;

/** A host that has dialled in, takes every start, and shows changes as it is told to. */
async function joins(town: TestTown, id: string, shows: (head: string) => { status: number; body: object }) {
  const { token } = await json(await call("POST", `/v1/towns/${town.name}/hosts`, { id }));
  const headers = { upgrade: "websocket", authorization: `Bearer ${token}`, "townkeeper-boot-id": "boot" };
  const worker = (exports as unknown as { default: Fetcher }).default;
  const { webSocket } = await worker.fetch(`http://town.test/v1/towns/${town.name}/hosts/${id}/channel`, { headers });
  const shown: string[] = [];
  webSocket?.addEventListener("message", ({ data }) => {
    const { id: frame, path, body } = JSON.parse(String(data));
    if (!path) return;
    const isLook = path === "/v1/rigs/diff";
    if (isLook) shown.push(JSON.parse(body).head);
    const { status, body: said } = isLook ? shows(JSON.parse(body).head) : { status: 202, body: { accepted: true } };
    webSocket.send(JSON.stringify({ id: frame, status, body: JSON.stringify({ bootId: "boot", ...said }) }));
  });
  webSocket?.accept();
  return { shown, leave: () => webSocket?.close() };
}

test("a bead's diff is its newest run's, by the host that has it, and a landing's what it is to land", async () => {
  const town = await inReview();
  const told = await get(town, "/beads/lib-1/diff");
  expect(told).toMatchObject({
    ...{ status: 200, bead: "lib-1", fence: 1, branch: "town/lib-1/1", onto: "main" },
    ...{ base: BASE, baseFrom: "attempt", head: HEAD, truncated: false },
    command: `git fetch origin main town/lib-1/1 && git diff ${BASE}...${HEAD}`,
    commits: [{ subject: "Add it", author: "ada" }],
    files: [{ path: "a.txt", patch: '+"\n' }],
  });
  expect(told.bootId).toBeUndefined();
  const { status: _, ...same } = told;
  expect(await get(town, "/attempts/1/diff")).toEqual({ status: 200, ...same });
  expect(await get(town, "/attempts/2/diff")).toEqual({ status: 200, ...same });
  expect((await get(town, "/beads/lib-1/diff?path=b%20c.txt")).files[0].path).toBe("b c.txt");
  expect(await looks(town)).toEqual(Array(4).fill(`look at ${HEAD} on ${BASE}`));
  await reports(town, 2, landed);
  expect(await get(town, "/beads/lib-1/diff")).toMatchObject({
    ...{ status: 200, head: HEAD, base: BASE },
    command: "git fetch origin main && git log -p --grep='^Bead: lib-1$' FETCH_HEAD",
  });
  expect(await violations(town)).toEqual([]);
});

test("of what came back, and of what failed since, it is the newest that has brought commits", async () => {
  const town = await inReview();
  await reports(town, 2, { kind: "rejected", code: "gate_failed", message: "red", outputTail: "" } as never);
  await timePasses(town);
  await alarm(town);
  const fence = (await rows(town)).beads[0]?.fence ?? 0;
  expect(fence).toBeGreaterThan(2);
  expect(await get(town, `/attempts/${fence}/diff`)).toMatchObject({
    ...{ status: 404, code: "no_commits", detail: `Run ${fence} is not over: its commits are there when it is.` },
  });
  await reports(town, fence, failed());
  expect(await get(town, "/beads/lib-1/diff")).toMatchObject({ status: 200, fence: 1, base: BASE });
  expect(await get(town, `/attempts/${fence}/diff`)).toMatchObject({ code: "no_commits" });
  // What a run that failed had saved is its work.
  const saved = { head: EARLIER, base: BASE };
  await timePasses(town);
  await alarm(town);
  const next = (await rows(town)).beads[0]?.fence ?? 0;
  await reports(town, next, { ...failed(), saved } as never);
  expect(await get(town, "/beads/lib-1/diff")).toMatchObject({ fence: next, head: EARLIER, base: BASE });
  // The base of an earlier run is known to nobody any more: the host finds it.
  expect(await get(town, "/attempts/1/diff")).toMatchObject({ status: 200, head: HEAD, base: null });
});

test("a bead without commits, or that is not there, costs no host a question", async () => {
  const town = await aTown();
  await beads(town, { title: "Add it" });
  for (const [path, status, code] of [
    ["/beads/lib-1/diff", 404, "no_commits"],
    ["/beads/lib-7/diff", 404, "bead_not_found"],
    ["/attempts/9/diff", 404, "attempt_not_found"],
    ["/attempts/x/diff", 422, "invalid_input"],
    ["/beads/lib-1/diff?lines=3", 422, "invalid_input"],
  ] as const)
    expect(await get(town, path)).toMatchObject({ status, code, hint: expect.stringMatching(/./) });
  expect(await looks(town)).toEqual([]);
});

test.each([
  ["/gone", 410, "commits_gone", "no longer kept on this host"],
  ["/old", 503, "host_outdated", "older release"],
  ["/odd", 503, "host_away", "can't be read"],
  ["/reject", 503, "host_away", "The host can't be asked"],
])(
  "a host that can't tell (%s) is a problem with what shows the same elsewhere",
  async (repoUrl, status, code, why) => {
    const town = await inReview(repoUrl);
    expect(await get(town, "/beads/lib-1/diff")).toMatchObject({
      status,
      code,
      detail: expect.stringContaining(why),
      hint: expect.stringContaining(`git fetch origin main town/lib-1/1 && git diff ${BASE}...${HEAD}`),
    });
  },
);

test("to look wakes nothing: no tick, no row written, no alarm that was not there", async () => {
  const town = await inReview();
  await quiet(town);
  const before = { ticks: (await get(town, "/ticks")).items, alarm: await armedAt(town), rows: await rows(town) };
  for (const path of ["/beads/lib-1/diff", "/attempts/1/diff"]) await get(town, path);
  expect({ ticks: (await get(town, "/ticks")).items, alarm: await armedAt(town), rows: await rows(town) }).toEqual(
    before,
  );
});

test("an answer as large as one may be comes through, and a token without the right to read what agents wrote is refused", async () => {
  const town = await inReview("/large");
  const told = await get(town, "/beads/lib-1/diff");
  expect(told.files[0].patch).toHaveLength(270_000);
  const blind = await tokenWith(["beads:read"]);
  expect(await get(town, "/beads/lib-1/diff", blind)).toMatchObject({ status: 403, code: "scope_missing" });
  const viewer = await tokenWith(["logs:read"]);
  expect(await get(town, "/attempts/1/diff", viewer)).toMatchObject({ status: 200 });
  expect((await asked(town)).length).toBeGreaterThan(0);
});

test("of several joined hosts the one that it ran on is asked, through its channel; without that one another, or none", async () => {
  const town = await aTown({ settings: { hosts: "external", leaseMs: 60_000 }, gate: ["accept"], held: true });
  const far = await joins(town, "far", (head) => ({ status: 200, body: changesOf(head, BASE, "far.txt", 90_000) }));
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "Add it" });
  await quiet(town);
  const near = await joins(town, "near", () => ({ status: 404, body: { accepted: false, code: "invalid" } }));
  await reports(town, 1, { ...finished, base: BASE } as typeof finished);
  const told = await get(town, "/beads/lib-1/diff");
  expect([told.status, told.files[0].path, told.files[0].patch.length]).toEqual([200, "far.txt", 270_000]);
  expect([far.shown, near.shown]).toEqual([[HEAD], []]);
  far.leave();
  await expect.poll(() => get(town, "/beads/lib-1/diff")).toMatchObject({ status: 503, code: "host_outdated" });
  near.leave();
  await expect
    .poll(() => get(town, "/beads/lib-1/diff"))
    .toMatchObject({ code: "host_away", detail: "The host can't be asked: No host is connected." });
});
