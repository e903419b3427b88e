/** What a further try goes on with, and what becomes of a bead whose agent finds nothing to do. */
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  asked,
  aTown,
  beads,
  failed,
  finished,
  HEAD,
  heartbeat,
  LANDED,
  landed,
  quiet,
  reports,
  rows,
  type TestTown,
  timePasses,
  violations,
} from "./town.ts";

const BASE = "c".repeat(40);
const saved = { ...failed(), saved: { head: HEAD, base: BASE } };
const unchanged = { kind: "unchanged", message: "the flag is there already", outputTail: "looked" } as const;
const rejected = (code: "conflict" | "gate_failed") =>
  ({ kind: "rejected", code, message: code, outputTail: "" }) as const;

async function scene(agent: object = {}): Promise<TestTown> {
  const town = await aTown({ settings: { reworkBudget: 9, agentFailureBudget: 9 } });
  await anAgent(town, "ada", "accept", agent);
  await beads(town, { title: "one" });
  await quiet(town);
  return town;
}

async function next(town: TestTown): Promise<Awaited<ReturnType<typeof asked>>[number] | undefined> {
  await timePasses(town);
  await alarm(town);
  return (await asked(town)).findLast(({ agent }) => agent === "ada");
}

/** Its run is finished, and its landing comes back. */
async function comesBack(town: TestTown, fence: number, code: "conflict" | "gate_failed"): Promise<void> {
  await reports(town, fence, { ...finished, base: BASE } as typeof finished);
  await quiet(town);
  await reports(town, fence + 1, rejected(code));
}

test("a first try is told of nothing, the next one of what was saved, on the branch of its own attempt", async () => {
  const town = await scene();
  expect((await asked(town))[0]).not.toHaveProperty("from");
  await reports(town, 1, saved);
  expect(await rows(town)).toMatchObject({ beads: [{ branch: "town/lib-1/1", head: HEAD, base: BASE, failures: 1 }] });
  expect((await next(town))?.from).toEqual({ branch: "town/lib-1/1", head: HEAD, base: BASE });
  expect(await violations(town)).toEqual([]);
});

test("what a landing says it saved is none of the bead's work", async () => {
  const town = await scene();
  await reports(town, 1, { ...finished, head: LANDED } as typeof finished);
  await quiet(town);
  await reports(town, 2, { ...saved, failure: "unreachable" } as typeof saved);
  expect(await rows(town)).toMatchObject({ beads: [{ status: "in_review", head: LANDED, branch: "town/lib-1/1" }] });
});

test("what a host lost, and could save, is gone on with as well, at no cost", async () => {
  const town = await scene();
  await reports(town, 1, { ...saved, failure: "lost" } as typeof saved);
  expect(await rows(town)).toMatchObject({ beads: [{ head: HEAD, failures: 0 }] });
  expect((await next(town))?.from).toMatchObject({ head: HEAD });
});

test("work that came back from its landing is gone on with; after two failing gates in a row it is begun anew", async () => {
  const town = await scene();
  await comesBack(town, 1, "gate_failed");
  expect((await next(town))?.from).toMatchObject({ branch: "town/lib-1/1" });
  await comesBack(town, 3, "gate_failed");
  expect((await next(town))?.from).toBeNull();
  await reports(town, 5, failed());
  // Begun anew and failed with nothing to show: what the gate would not have is not taken up again.
  expect(await next(town)).not.toHaveProperty("from");
  await comesBack(town, 6, "gate_failed");
  expect((await next(town))?.from).toMatchObject({ branch: "town/lib-1/6" });
});

test.each(["bead", "rig", "agent"])("its %s may want each try to begin anew, but for a conflict", async (who) => {
  const town = await scene();
  const path = { bead: "beads/lib-1", rig: "rigs/lib", agent: "agents/ada" }[who];
  await json(await call("PATCH", `/v1/towns/${town.name}/${path}`, { startFrom: "main" }));
  await reports(town, 1, saved);
  expect((await next(town))?.from).toBeNull();
  await comesBack(town, 2, "conflict");
  expect((await next(town))?.from).toMatchObject({ branch: "town/lib-1/2" });
  await reports(town, 4, saved);
  expect((await next(town))?.from).toBeNull();
});

test("a bead whose agent finds nothing to do is closed with its reason, and what waits for it goes on", async () => {
  const town = await scene();
  await beads(town, { title: "two", dependsOn: ["lib-1"] });
  expect(await reports(town, 1, unchanged)).toBe("ok");
  expect(await reports(town, 1, unchanged)).toBe("duplicate");
  const at = `/v1/towns/${town.name}/beads`;
  const bead = await json(await call("GET", `${at}/lib-1`));
  expect(bead).toMatchObject({ status: "closed", closedAs: "no_change", head: null, failures: 0 });
  expect(bead.notes).toMatchObject([{ kind: "no_change", text: unchanged.message }]);
  expect(await rows(town)).toMatchObject({ beads: [{}, { status: "in_progress", agentId: "ada" }] });
  expect(await violations(town)).toEqual([]);
  await json(await call("POST", `${at}/lib-1/reopen`, { reason: "it is not" }));
  expect(await json(await call("GET", `${at}/lib-1`))).toMatchObject({ status: "open", closedAs: null });
});

test("where the rig says so it waits for a person, who can close it or have it tried again", async () => {
  const town = await scene();
  await json(await call("PATCH", `/v1/towns/${town.name}/rigs/lib`, { noChange: "park" }));
  await reports(town, 1, unchanged);
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "idle", beadId: null }],
    beads: [{ status: "failed", agentId: null, failures: 0 }],
  });
  const { items } = await json(await call("GET", `/v1/towns/${town.name}/attention`));
  expect(items).toMatchObject([{ kind: "parked", what: expect.stringContaining(unchanged.message) }]);
  await json(await call("POST", `/v1/towns/${town.name}/beads/lib-1/retry`, {}));
  await quiet(town);
  expect(await rows(town)).toMatchObject({ beads: [{ status: "in_progress" }] });
  expect(await violations(town)).toEqual([]);
});

test("a landing can't find nothing to do, nor a run that is over", async () => {
  const town = await scene();
  await reports(town, 1, finished);
  expect(await reports(town, 1, unchanged)).toBe("fenced");
  expect(await reports(town, 2, unchanged)).toBe("fenced");
  await reports(town, 2, landed);
  expect(await rows(town)).toMatchObject({ beads: [{ status: "closed", closedAs: null }] });
});

test("what a run used comes with its heartbeats, and stays whatever becomes of it", async () => {
  const town = await scene();
  const usage = { inputTokens: 10, outputTokens: 2, cachedTokens: 0, costUsd: 0.5 };
  await reports(town, 1, { ...heartbeat, usage } as typeof heartbeat);
  await reports(town, 1, heartbeat);
  expect(await rows(town)).toMatchObject({ attempts: [{ state: "running", usage }] });
  await json(await call("POST", `/v1/towns/${town.name}/agents/ada/stop`, { reason: "enough" }));
  await quiet(town);
  expect((await rows(town)).attempts[0]).toMatchObject({ state: "stopped", usage });
});
