/** What a run may report, true or false, long or odd: what is kept of it, and what is refused. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { mintRunToken } from "../../src/lib/run-token.ts";
import { signingKeys } from "../../src/lib/signed-token.ts";
import { BOOT, isWell } from "./door-scene.ts";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  aTown,
  beads,
  failed,
  finished,
  HEAD,
  heartbeat,
  keepsEverything,
  landed,
  ok,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  timePasses,
} from "./town.ts";

/** Over HTTP, with the run's own token. */
async function post(town: TestTown, fence: number, told: object[], more: object = {}): Promise<Response> {
  const attempt = (await rows(town)).attempts.find((row) => row.fence === fence);
  if (!attempt) throw new Error(`no attempt ${fence}`);
  const { agentId: agent, beadId: bead } = attempt;
  const limits = { nowMs: Date.now(), leaseMs: 60_000, maxMs: 60_000 };
  const token = await mintRunToken(
    signingKeys(env),
    { kind: attempt.kind, town: town.name, agent, bead, fence },
    limits,
  );
  const sent = told.map((one, n) => ({ agent, bead, fence, seq: n + 1, ...one }));
  return call("POST", `/v1/towns/${town.name}/reports`, { protocol: 1, bootId: BOOT, reports: sent, ...more }, token);
}

test.each(["landed", "rejected"])("a run that says it has %s is refused, and nothing of it is kept", async (kind) => {
  const town = await aTown({ settings: keepsEverything });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const before = await rows(town);
  const lie = { kind, head: HEAD, code: "conflict", message: "m", outputTail: "" };
  for (let times = 0; times < 3; times++)
    expect(await json(await post(town, 1, [lie, { kind: "heartbeat", agentActiveAtMs: null }]))).toMatchObject({
      status: 403,
      code: "wrong_kind",
    });
  expect(await rows(town)).toEqual(before);
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  expect(await reports(town, 1, landed)).toBe("fenced"); // past the door, with whatever token
  expect((await rows(town)).events).toEqual([]);
  await isWell(town);
});

test("a landing that says it has finished is refused, and nothing of it is kept", async () => {
  const town = await aTown({ settings: keepsEverything });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, finished);
  expect((await rows(town)).attempts).toMatchObject([{}, { fence: 2, kind: "landing", state: "running" }]);
  const lie = { kind: "finished", head: HEAD, outputTail: "" };
  expect(await json(await post(town, 2, [lie]))).toMatchObject({ status: 403, code: "wrong_kind" });
  expect(await reports(town, 2, finished)).toBe("fenced");
  expect(await rows(town)).toMatchObject({ events: [], beads: [{ status: "in_review" }] });
  expect(await reports(town, 2, landed)).toBe("ok");
  await isWell(town);
});

test("a superseded run has its last word noted once, however many it has", async () => {
  const town = await aTown({ settings: { ...keepsEverything, agentFailureBudget: 9 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, failed());
  await timePasses(town);
  await alarm(town);
  for (let n = 0; n < 30; n++) {
    const answer = await post(town, 1, [{ ...failed(), code: `c${n}`, message: `word ${n}`, failure: "lost" }]);
    expect(answer.status).toBe(409);
    await answer.text();
  }
  const { notes } = await rows(town);
  expect(notes.filter(({ kind }) => kind === "refused_report")).toMatchObject([
    { text: expect.stringContaining("word 0") as string },
  ]);
  await isWell(town);
});

test("reports of any length are shortened at the door, from the side that says less", async () => {
  const town = await aTown({ settings: keepsEverything });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const long = (char: string) => char.repeat(20_000);
  const plan = Array.from({ length: 100 }, (_, n) => ({ text: `step ${n}${long("s")}`, status: "pending" }));
  const usage = { inputTokens: -1, outputTokens: 1, cachedTokens: 1, costUsd: null };
  const answer = await post(
    town,
    1,
    [
      { kind: "heartbeat", agentActiveAtMs: -1e300, sentAtMs: 1e300 },
      { kind: "progress", message: long("p"), step: { message: long("m") } },
      { kind: "progress", message: "planned", step: { plan: plan.slice(0, 1) } },
      { kind: "log", text: `${long("l")}END` },
      {
        kind: "failed",
        failure: "agent_failed",
        code: long("c"),
        message: long("w"),
        outputTail: `${long("t")}END`,
        usage,
      },
    ],
    { bootId: long("b") },
  );
  expect((await json(answer)).verdicts.map(({ verdict }: { verdict: string }) => verdict)).toEqual([
    "ok",
    "ok",
    "ok",
    "ok",
    "ok",
  ]);
  const [attempt] = (await rows(town)).attempts;
  expect(attempt).toMatchObject({ lastBootId: `${"b".repeat(99)}…`, failure: { code: `${"c".repeat(59)}…` } });
  expect(attempt?.failure?.message).toHaveLength(2_000);
  expect(attempt?.outputTail).toMatch(/^…t{7996}END$/);
  expect(attempt?.step?.plan).toHaveLength(1);
  expect((await json(await call("GET", `/v1/towns/${town.name}/attempts/1/log`))).pieces[0].text).toMatch(/^…l+END$/);
  await isWell(town);
});

test("a plan of many steps keeps the first, and says how many more there are", async () => {
  const town = await aTown({ settings: keepsEverything });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const plan = Array.from({ length: 100 }, (_, n) => ({ text: `step ${n}`, status: "pending" }));
  await (await post(town, 1, [{ kind: "progress", message: "planned", step: { plan } }])).text();
  const steps = (await rows(town)).attempts[0]?.step?.plan;
  expect(steps).toHaveLength(30);
  expect(steps?.at(-1)?.text).toBe("… and 71 more");
});

test("more than 512 kB of reports is refused, and nothing of it is kept", async () => {
  const town = await aTown({ settings: keepsEverything });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const before = await rows(town);
  const heavy = Array.from({ length: 50 }, () => ({ kind: "log", text: "x".repeat(12_000) }));
  expect(await json(await post(town, 1, heavy))).toMatchObject({ status: 413, code: "too_large" });
  expect(await rows(town)).toEqual(before);
});

test("what an older release let in is read as far as it goes", async () => {
  const town = await aTown({ settings: { ...keepsEverything, backoffBaseMs: 60_000 } });
  await anAgent(town, "ada", "refuse", { provider: "acme" });
  await anAgent(town, "bob", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  const failure = JSON.stringify({ kind: "refused", code: "x", message: "m".repeat(900_000), atMs: -1e300 });
  const big = "z".repeat(900_000);
  await tamper(
    town,
    "UPDATE attempts SET failure = ?, host_boot_id = ?, progress = ?, output_tail = ?",
    failure,
    big,
    big,
    big,
  );
  await tamper(town, "UPDATE agents SET trouble = ?, troubles = 3, not_before_ms = -1e300 WHERE id = 'ada'", failure);
  await tamper(
    town,
    "UPDATE beads SET last_failure = ?, not_before_ms = 1e300, dispatch_failures = 9 WHERE id = 'lib-1'",
    failure,
  );
  await tamper(
    town,
    "INSERT INTO providers (id, troubles, trouble, not_before_ms) VALUES ('acme', 1, ?, -1e300)",
    failure,
  );
  await tamper(
    town,
    "INSERT INTO bead_notes (bead_id, at_ms, kind, text) VALUES ('lib-1', -1e300, 'agent_failed', ?)",
    big,
  );
  const breaker = {
    failures: 9,
    beads: [],
    sinceMs: -1e300,
    fence: 9,
    failure: JSON.parse(failure),
    trips: 1,
    openUntilMs: 1e300,
  };
  await tamper(town, "UPDATE town SET breaker = ?", JSON.stringify(breaker));
  await alarm(town);
  ok(await town.stub().reconcile());
  await isWell(town);
  expect((await json(await call("GET", `/v1/towns/${town.name}/agents`))).items).toMatchObject([
    { id: "ada", notBeforeAt: null, trouble: { message: expect.stringMatching(/^m+…$/) as string } },
    { id: "bob", status: "working" },
  ]);
});
