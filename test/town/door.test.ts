/** What a host may say, true or false, long or odd: what the town makes of it, and what it costs nobody else. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { mintRunToken } from "../../src/lib/run-token.ts";
import { signingKeys } from "../../src/lib/signed-token.ts";
import { call, json } from "./http.ts";
import type { Said } from "./scripted-host.ts";
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
  keepsEverything,
  landed,
  ok,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  timePasses,
  violations,
} from "./town.ts";

const DAY_MS = 86_400_000;
const BOOT = "b-1";
const no = (more: object = {}) => ({ accepted: false, bootId: BOOT, code: "drill", message: "no", ...more });

const says = (town: TestTown, id: string, said: Said) =>
  anAgent(town, id, "say", { command: ["say", JSON.stringify(said)] });

/** A town whose only agent is answered so, and which has asked once. */
async function told(said: Said, settings = {}): Promise<TestTown> {
  const town = await aTown({ settings: { ...keepsEverything, backoffBaseMs: 60_000, ...settings } });
  await says(town, "ada", said);
  await beads(town, { title: "one" });
  await quiet(town);
  return town;
}

/** Everything that people look at answers, no pass has thrown, and all that must hold does. */
async function isWell(town: TestTown): Promise<void> {
  const at = `/v1/towns/${town.name}`;
  for (const what of [
    "",
    "/agents",
    "/beads",
    "/beads/lib-1",
    "/attempts",
    "/providers",
    "/health",
    "/attention",
    "/incidents",
    "/ticks",
    "/metrics",
    "/beads/lib-1/timeline",
    "/beads/lib-1/explain",
    "/beads:export?rig=lib",
  ]) {
    const answer = await call("GET", at + what);
    expect(answer.status, what).toBe(200);
    expect((await answer.arrayBuffer()).byteLength, what).toBeLessThan(100_000);
  }
  expect(await violations(town)).toEqual([]);
  expect((await rows(town)).town).toMatchObject({ errorStreak: 0, lastError: null });
}

test.each<[string, Said, object]>([
  ["a refusal of 5 MB", { status: 409, body: no(), more: 5_000_000 }, { kind: "unreachable", code: "too_large" }],
  [
    "an agreement of 3 MB",
    { status: 202, body: { accepted: true, bootId: BOOT }, more: 3_000_000 },
    { kind: "unreachable", code: "too_large" },
  ],
  [
    "an error of 5 MB",
    { status: 500, body: "a proxy's page", more: 5_000_000 },
    { kind: "unreachable", code: "too_large" },
  ],
  ["an answer without an end", { status: 202, body: "{", endless: true }, { kind: "unreachable", code: "too_large" }],
  ["400 MB, compressed", { status: 409, body: no(), gzip: 400_000_000 }, { kind: "unreachable", code: "too_large" }],
  ["a refusal of 60 kB", { status: 409, body: no(), more: 60_000 }, { kind: "refused", code: "drill" }],
  [
    "a code of 10 kB",
    { status: 409, body: no({ code: "c".repeat(3_000) }) },
    { kind: "refused", code: `${"c".repeat(59)}…` },
  ],
  [
    "a code that is no text",
    { status: 409, body: no({ code: { toString: 1 } }) },
    { kind: "refused", code: "refused" },
  ],
  ["a message that is no text", { status: 409, body: no({ message: [1] }) }, { kind: "refused", code: "drill" }],
  [
    "half a character and a NUL",
    { status: 409, body: no({ message: "\ud800 \0" }) },
    { kind: "refused", message: "\ufffd " },
  ],
  ["no boot", { status: 409, body: { accepted: false } }, { kind: "unreachable", code: "rejected" }],
  ["an answer that is no object", { status: 200, body: [true] }, { kind: "unreachable", code: "rejected" }],
  [
    "JSON of great depth",
    { status: 202, body: `${"[".repeat(1_500)}${"]".repeat(1_500)}` },
    { kind: "unreachable", code: "rejected" },
  ],
  ["nothing, with 204", { status: 204 }, { kind: "unreachable", code: "rejected" }],
  [
    "an agreement with 418",
    { status: 418, body: { accepted: true, bootId: BOOT } },
    { kind: "unreachable", code: "rejected" },
  ],
])("a host says %s: its start is rolled back, and all else is as it was", async (_what, said, failure) => {
  const town = await told(said);
  const after = await rows(town);
  expect(after).toMatchObject({
    agents: [{ status: "idle", beadId: "lib-1" }],
    attempts: [{ state: "released", failure }],
    beads: [{ status: "in_progress", failures: 0, dispatchFailures: 1, lastFailure: failure }],
  });
  expect(after.attempts[0]?.failure?.message.length).toBeLessThanOrEqual(2_000);
  await isWell(town);
});

test("what is cut off says so", async () => {
  const town = await told({ status: 409, body: no(), more: 60_000 });
  expect((await rows(town)).attempts[0]?.failure?.message).toMatch(/^nox+…$/);
});

test("a boot of any length fits the journal", async () => {
  const town = await told({ status: 202, body: { accepted: true, bootId: "b".repeat(2_000) } });
  expect((await rows(town)).attempts).toMatchObject([{ state: "running", hostBootId: `${"b".repeat(99)}…` }]);
  await isWell(town);
});

test.each([301, 302, 303, 307, 308])(
  "a redirect (%i) is not followed: whoever it names hears nothing, and the host is unreachable",
  async (status) => {
    const town = await aTown({ settings: keepsEverything });
    await says(town, "ada", { status, headers: { location: `${env.HOST_URL}/elsewhere?town=${town.name}` } });
    await beads(town, { title: "one" });
    await quiet(town);
    expect((await asked(town)).map(({ how }) => how)).toEqual(["say"]);
    const [attempt] = (await rows(town)).attempts;
    expect(attempt).toMatchObject({ state: "released", failure: { kind: "unreachable", code: "redirected" } });
    expect(attempt?.failure?.message).toContain("a redirect to http://127.0.0.1");
    await isWell(town);
  },
);

test.each<[string, Said, number, number]>([
  [
    "in seconds, without a word of ours",
    { status: 503, body: "busy", headers: { "retry-after": "70" } },
    70_000,
    75_000,
  ],
  ["in seconds, with a refusal", { status: 409, body: no(), headers: { "retry-after": "80" } }, 80_000, 85_000],
  [
    "the body comes first",
    { status: 409, body: no({ retryAfterMs: 90_000 }), headers: { "retry-after": "70" } },
    90_000,
    95_000,
  ],
  ["as what is no time", { status: 409, body: no(), headers: { "retry-after": "5.5 bananas" } }, 0, 65_000],
  [
    "as a date long past",
    { status: 409, body: no(), headers: { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" } },
    0,
    65_000,
  ],
  ["as an eternity", { status: 409, body: no({ retryAfterMs: 1e300 }) }, 110_000, 125_000],
  ["below nothing", { status: 409, body: no({ retryAfterMs: -1e300 }) }, 0, 65_000],
  ["as a text", { status: 409, body: no({ retryAfterMs: "soon" }) }, 0, 65_000],
])("a host asks for patience %s", async (_what, said, leastMs, mostMs) => {
  const beforeMs = Date.now();
  const town = await told(said, { backoffCapMs: 120_000 });
  const notBeforeMs = (await rows(town)).beads[0]?.notBeforeMs ?? 0;
  expect(notBeforeMs).toBeGreaterThanOrEqual(beforeMs + leastMs);
  expect(notBeforeMs).toBeLessThan(beforeMs + mostMs + 20_000);
  expect(Number.isInteger(notBeforeMs)).toBe(true);
  await isWell(town);
});

test("a date of HTTP asks for patience until then", async () => {
  const atMs = Math.ceil(Date.now() / 1_000) * 1_000 + 90_000;
  const said = { status: 429, body: "slow down", headers: { "retry-after": new Date(atMs).toUTCString() } };
  const notBeforeMs = (await rows(await told(said, { backoffCapMs: 120_000 }))).beads[0]?.notBeforeMs ?? 0;
  expect(notBeforeMs).toBeGreaterThanOrEqual(atMs - 1_000);
});

test.each([0, 0.3, -1e300, 1e300, 5e-324, Number.MAX_SAFE_INTEGER])(
  "a provider's reset in %d ms leaves rows that can be read",
  async (retryAfterMs) => {
    const town = await aTown({ settings: keepsEverything });
    await anAgent(town, "ada", "accept", { provider: "acme" });
    await beads(town, { title: "one" });
    await quiet(town);
    const beforeMs = Date.now();
    await reports(town, 1, failed("provider_limited", retryAfterMs));
    const notBeforeMs = (await rows(town)).agents[0]?.doubts?.[0]?.untilMs ?? 0;
    expect(notBeforeMs).toBeGreaterThanOrEqual(beforeMs);
    expect(notBeforeMs).toBeLessThanOrEqual(Date.now() + 8 * DAY_MS + 1_000);
    expect(Number.isInteger(notBeforeMs)).toBe(true);
    await isWell(town);
  },
);

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
