/** Gates hold from the moment they are shut, and nobody waits for what hangs. */
import { expect, test, vi } from "vitest";
import { joinedHost } from "./joined-host.ts";
import {
  alarm,
  anAgent,
  asked,
  aTown,
  beads,
  finished,
  heartbeat,
  ok,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  timePasses,
  violations,
} from "./town.ts";

vi.setConfig({ testTimeout: 30_000 });

/** How often each gate is shut in the middle of thirty starts, each time a little later. */
const TRIES = 4;
const MANY = 30;

/** Thirty agents at once, as `POST …/agents` would make them. */
async function manyAgents(town: TestTown, how: string, count: number): Promise<void> {
  await anAgent(town, "agent-1", how);
  await tamper(
    town,
    `WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO agents (id, rig_id, role, command, env, max_run_ms, created_at_ms)
      SELECT 'agent-' || i, a.rig_id, a.role, a.command, a.env, a.max_run_ms, a.created_at_ms FROM n JOIN agents a ON a.id = 'agent-1'`,
    count,
  );
}

const manyBeads = (town: TestTown, count: number) =>
  beads(town, ...Array.from({ length: count }, (_, n) => ({ title: `bead ${n + 1}` })));

const starts = async (town: TestTown) => (await asked(town)).filter(({ how }) => how !== "stop");
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const pause = { why: "a look", by: "ada" };

/** Requests are prepared, and none leaves before this is called. */
function holdRequests(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  const sign = crypto.subtle.sign.bind(crypto.subtle);
  vi.spyOn(crypto.subtle, "sign").mockImplementation(async (...how) => {
    await promise;
    return await sign(...(how as Parameters<typeof sign>));
  });
  return resolve;
}

const gatesShut: Record<
  string,
  { shuts: (town: TestTown) => Promise<unknown>; of?: (start: { agent: string | null; bead: string }) => boolean }
> = {
  "a paused town": { shuts: async ({ client }) => ok(await client().execute("change-town", { paused: pause })) },
  "a town that drains": { shuts: async ({ client }) => ok(await client().execute("change-town", { draining: true })) },
  "a paused rig": {
    shuts: async ({ client }) => ok(await client().execute("change-rig", { rig: "lib", paused: pause })),
  },
  "a disabled agent": {
    shuts: async ({ client }) => ok(await client().execute("change-agent", { agent: "agent-5", enabled: false })),
    of: ({ agent }) => agent === "agent-5",
  },
  "a cancelled bead": {
    shuts: async ({ client }) => ok(await client().execute("cancel-bead", { bead: "lib-5", reason: "not this" })),
    of: ({ bead }) => bead === "lib-5",
  },
};

for (const [what, { shuts, of = () => true }] of Object.entries(gatesShut))
  test(`${what} starts nothing after the answer, with thirty starts under way`, async () => {
    for (let tried = 0; tried < TRIES; tried++) {
      const town = await aTown();
      await manyAgents(town, "accept", MANY);
      await manyBeads(town, MANY);
      await wait(3 * tried);
      await shuts(town);
      const answeredAtMs = Date.now();
      const before = (await starts(town)).filter(of);
      await quiet(town);
      const after = (await starts(town)).filter(of);
      expect(after).toEqual(before);
      expect(after.filter(({ atMs }) => atMs > answeredAtMs)).toEqual([]);
      expect(await violations(town)).toEqual([]);
    }
  }, 120_000);

test("a start that is taken back costs nothing: its bead is open and its agent idle, as if it had never begun", async () => {
  const town = await aTown({ settings: { dayMinutes: { town: 60 } } });
  await anAgent(town, "ada", "accept");
  const letGo = holdRequests();
  await beads(town, { title: "one" });
  expect((await rows(town)).agents).toMatchObject([{ status: "starting", fence: 1 }]);
  ok(await town.client().execute("change-town", { paused: pause }));
  letGo();
  await quiet(town);
  vi.restoreAllMocks();
  const { agents, beads: found, attempts, effects } = await rows(town);
  expect(await asked(town)).toEqual([]);
  expect(agents).toMatchObject([{ status: "idle", beadId: null, fence: null }]);
  expect(found).toMatchObject([{ status: "open", agentId: null, dispatchFailures: 0, notBeforeMs: 0 }]);
  expect(attempts).toMatchObject([{ fence: 1, state: "stopped", chargedMs: 0, failure: { kind: "withdrawn" } }]);
  expect(effects).toEqual([]);
  expect(await violations(town)).toEqual([]);
  ok(await town.client().execute("change-town", { paused: null }));
  await quiet(town);
  expect(await asked(town)).toMatchObject([{ agent: "ada", fence: 2 }]);
});

test("a cancel of a bead whose start has not left asks no host for anything", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  const letGo = holdRequests();
  const [bead = ""] = await beads(town, { title: "one" });
  ok(await town.client().execute("cancel-bead", { bead, reason: "not this" }));
  letGo();
  await quiet(town);
  vi.restoreAllMocks();
  expect(await asked(town)).toEqual([]);
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "idle", beadId: null }],
    beads: [{ status: "cancelled" }],
    attempts: [{ state: "stopped" }],
  });
});

test("twenty stops that hang keep no idle agent from its bead", async () => {
  const town = await aTown({ settings: { startDeadlineMs: 4_000 } });
  await manyAgents(town, "accept+stuck", 20);
  const running = await manyBeads(town, 20);
  await quiet(town);
  for (const bead of running) ok(await town.client().execute("cancel-bead", { bead, reason: "not this" }));
  for (let n = 1; n <= 5; n++) await anAgent(town, `idle-${n}`, "accept");
  const beganMs = Date.now();
  await manyBeads(town, 5);
  await expect.poll(async () => (await starts(town)).length, { timeout: 3_000 }).toBe(25);
  expect(Date.now() - beganMs).toBeLessThan(3_000);
  expect((await rows(town)).agents.filter(({ status }) => status === "stopping")).toHaveLength(20);
});

test("stops that hang on one joined host hide none of another's, however many there are", async () => {
  const town = await aTown({ settings: { hosts: "external", startDeadlineMs: 10_000 } });
  const answers = ({ method }: { method: string }) => (method === "DELETE" ? null : { accepted: true });
  await joinedHost(town, "hangs", answers);
  await joinedHost(town, "well", () => ({ accepted: true }));
  await manyAgents(town, "any", 60);
  const running = await manyBeads(town, 60);
  await quiet(town);
  const on = new Map((await rows(town)).attempts.map(({ agentId, hostId }) => [agentId, hostId]));
  for (const bead of running) ok(await town.client().execute("cancel-bead", { bead, reason: "not this" }));
  const stopping = async () => (await rows(town)).agents.filter(({ status }) => status === "stopping");
  await expect.poll(async () => (await stopping()).length, { timeout: 9_000 }).toBe(30);
  expect((await stopping()).every(({ id }) => on.get(id) === "hangs")).toBe(true);
});

test("a landing that hangs keeps no bead of its rig from starting", async () => {
  const town = await aTown({ settings: { startDeadlineMs: 4_000 }, gate: ["hang"] });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, heartbeat);
  const done = reports(town, 1, finished);
  await expect.poll(async () => (await asked(town)).some(({ agent }) => agent === null)).toBe(true);
  await beads(town, { title: "two" });
  await expect
    .poll(async () => (await starts(town)).filter(({ agent }) => agent === "ada").length, { timeout: 3_000 })
    .toBe(2);
  await done;
});

test("of two joined hosts one hangs: the other one's starts go out at once", async () => {
  const town = await aTown({ settings: { hosts: "external", startDeadlineMs: 4_000 } });
  const hangs = await joinedHost(town, "hangs", () => null);
  const well = await joinedHost(town, "well", () => ({ accepted: true }));
  await manyAgents(town, "any", 12);
  const beganMs = Date.now();
  await manyBeads(town, 12);
  // As many as may be asked of the one that hangs, and all the rest of the other.
  await expect.poll(() => well.starts().length, { timeout: 3_000 }).toBe(9);
  expect(hangs.starts()).toHaveLength(3);
  expect(Date.now() - beganMs).toBeLessThan(3_000);
});

test("fifty agents on a host that hangs: nothing is given up that nobody asked for, and an open breaker holds all of it", async () => {
  const town = await aTown({ settings: { startDeadlineMs: 1_000 } });
  await manyAgents(town, "hang", 50);
  await manyBeads(town, 50);
  await quiet(town);
  const { attempts, town: row, agents } = await rows(town);
  const fences = new Set((await starts(town)).map(({ fence }) => fence));
  expect(attempts.filter(({ fence }) => !fences.has(fence))).toEqual([]);
  expect(attempts.every(({ state, failure }) => state === "released" && failure?.kind === "timed_out")).toBe(true);
  expect(row?.breaker?.openUntilMs).toBeGreaterThan(Date.now());
  const count = fences.size;
  expect(count).toBeLessThan(10);
  expect(agents.filter(({ status }) => status === "starting")).toEqual([]);
  await alarm(town);
  expect(new Set((await starts(town)).map(({ fence }) => fence)).size).toBe(count);
});

const failsAlways = { accepted: false, code: "refused", message: "no room for anything" };

test("each joined host has a breaker of its own: of two the one that fails is left alone, and the other gets all there is", async () => {
  const town = await aTown({ settings: { hosts: "external", backoffBaseMs: 1, backoffCapMs: 1, breakerAfter: 3 } });
  const sick = await joinedHost(town, "sick", () => failsAlways);
  const well = await joinedHost(town, "well", () => ({ accepted: true }));
  await manyAgents(town, "any", 12);
  await manyBeads(town, 12);
  await expect
    .poll(async () => {
      await alarm(town);
      return (await rows(town)).agents.filter(({ status }) => status === "working").length;
    })
    .toBe(12);
  const asked = sick.starts().length;
  expect(asked).toBeLessThanOrEqual(6);
  expect(well.starts()).toHaveLength(12);
  const [one, two] = ok(await town.client().query("list-hosts", {})).items;
  expect([one, two]).toMatchObject([
    { id: "sick", breaker: { open: true, failure: { message: "no room for anything" } } },
    { id: "well", breaker: null },
  ]);
  expect((await rows(town)).town?.breaker).toBeNull();
  const { items } = ok(await town.client().query("read-attention", {}));
  expect(items.find(({ kind }) => kind === "breaker")).toMatchObject({
    target: { type: "host", id: "sick" },
    verb: { method: "POST", path: `/v1/towns/${town.name}/breaker/close`, body: { host: "sick" } },
  });
  expect(await town.client().execute("close-breaker", {})).toMatchObject({
    ok: false,
    problem: { code: "breaker_not_open" },
  });
  ok(await town.client().execute("close-breaker", { host: "sick" }));
  expect(ok(await town.client().query("list-hosts", {})).items[0]).toMatchObject({ id: "sick", breaker: null });
  expect(await violations(town)).toEqual([]);
});

test("where the only joined host fails, what waits says which one, and when it is tried again", async () => {
  const town = await aTown({ settings: { hosts: "external", backoffBaseMs: 1, backoffCapMs: 1, breakerAfter: 2 } });
  const sick = await joinedHost(town, "sick", () => failsAlways);
  await manyAgents(town, "any", 3);
  await manyBeads(town, 3);
  await expect
    .poll(async () => {
      await alarm(town);
      return ok(await town.client().query("list-hosts", {})).items[0]?.breaker?.open;
    })
    .toBe(true);
  await timePasses(town);
  await alarm(town);
  const asked = sick.starts().length;
  await alarm(town);
  expect(sick.starts()).toHaveLength(asked);
  const { gates: found, unblock } = ok(await town.client().query("explain-bead", { bead: "lib-1" }));
  const breaker = found.find(({ gate }) => gate === "breaker");
  expect(breaker).toMatchObject({
    ok: false,
    why: expect.stringContaining("host sick failed"),
  });
  expect(unblock).toMatchObject({
    request: `POST /v1/towns/${town.name}/breaker/close {"host":"sick"}`,
    command: "npm run town -- breaker close --host sick",
  });
  await tamper(town, "UPDATE hosts SET breaker = json_set(breaker, '$.openUntilMs', 1)");
  await tamper(town, "UPDATE town SET next_wake_at_ms = 1");
  await alarm(town);
  expect(sick.starts()).toHaveLength(asked + 1);
});

test("a start past its deadline whose run beats is proof that its host is well", async () => {
  const town = await aTown({ settings: { startDeadlineMs: 500, breakerAfter: 100 } });
  await anAgent(town, "ada", "hang");
  await beads(town, { title: "one" });
  await quiet(town);
  expect((await rows(town)).town?.breaker).toMatchObject({ failures: 1, fence: 1 });
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  expect(await rows(town)).toMatchObject({ town: { breaker: null }, agents: [{ status: "working" }] });
});
