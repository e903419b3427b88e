/** What a joined host reports through its socket: the same is taken and refused there as over HTTP, in the same words. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { REPORTS_AT_ONCE } from "../../src/dos/report-frames.ts";
import { mintHostToken } from "../../src/lib/host-token.ts";
import { mintRunToken, type RunClaims } from "../../src/lib/run-token.ts";
import { type SigningKey, signingKeys } from "../../src/lib/signed-token.ts";
import { call, json } from "./http.ts";
import { type JoinedHost, joinedHost } from "./joined-host.ts";
import { anAgent, aTown, beads, quiet, rows, type TestTown, violations } from "./town.ts";

const DAY_MS = 24 * 3_600_000;
const run = { kind: "run", agent: "ada", bead: "lib-1", fence: 1 } as const;
const about = { agent: "ada", bead: "lib-1", fence: 1, seq: 1 };
const beat = { ...about, kind: "heartbeat", agentActiveAtMs: null };
const told = (report: object, more: object = {}) => ({ protocol: 1, bootId: "b", reports: [report], ...more });
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

type Claims = Partial<Omit<RunClaims, "expiresAtMs">>;
type Token = (town: string) => string | Promise<string>;

const keys = signingKeys(env);
const signed =
  (claims: Claims = {}, nowMs = Date.now(), by: [SigningKey, ...SigningKey[]] = keys): Token =>
  (town) =>
    mintRunToken(by, { ...run, town, ...claims }, { nowMs, leaseMs: 60_000, maxMs: 60_000 });
const own = signed();

/** A town whose one bead runs at a host that has joined. */
async function aRun(): Promise<{ town: TestTown; host: JoinedHost }> {
  const town = await aTown({ settings: { hosts: "external", leaseMs: 60_000 } });
  const host = await joinedHost(town, "box", () => ({ accepted: true }));
  await anAgent(town, "ada", "x");
  await beads(town, { title: "one" });
  await quiet(town);
  expect(host.starts()).toHaveLength(1);
  return { town, host };
}

/** @returns what two towns have, but for their clocks and names */
async function kept(town: TestTown) {
  const { attempts, beads, agents } = await rows(town);
  return {
    attempts: attempts.map(({ state, lastSeq, lastBootId, failure }) => ({ state, lastSeq, lastBootId, failure })),
    beads: beads.map(({ status, fence }) => ({ status, fence })),
    agents: agents.map(({ status, fence }) => ({ status, fence })),
  };
}

test.each<[string, number, Token, unknown]>([
  ["a sign of life", 200, own, told(beat)],
  ["several reports", 200, own, told(beat, { reports: [beat, { ...about, seq: 2, kind: "log", text: "hello" }] })],
  ["a last word", 200, own, told({ ...about, kind: "finished", head: "a".repeat(40), outputTail: "" })],
  ["what a fence says that is not there", 409, signed({ fence: 9 }), told({ ...beat, fence: 9 })],
  ["no token", 401, () => "", told(beat)],
  ["the operator's token", 401, () => env.TOWNKEEPER_TOKEN, told(beat)],
  ["a host's token", 401, (town) => mintHostToken(keys, { town, host: "box" }), told(beat)],
  ["a token that nobody signed", 401, () => "tkr_main.WyJydW4iXQ.AAAA", told(beat)],
  [
    "a token that another server signed",
    401,
    signed({}, Date.now(), signingKeys({ RUN_TOKEN_KEY: "other" })),
    told(beat),
  ],
  ["a token of 8 kB", 401, () => `tkr_main.${"A".repeat(8_000)}.AAAA`, told(beat)],
  ["a token that has ended", 401, signed({}, Date.now() - 2 * DAY_MS), told(beat)],
  ["a token of another town", 403, signed({ town: "elsewhere" }), told(beat)],
  ["a token of another bead", 403, signed({ bead: "lib-2" }), told(beat)],
  ["a token of another agent", 403, signed({ agent: "bob" }), told(beat)],
  ["a token of another fence", 403, signed({ fence: 2 }), told(beat)],
  ["a landing's word", 403, own, told({ ...about, kind: "landed", head: "b".repeat(40) })],
  ["one of another run among its own", 403, own, told(beat, { reports: [beat, { ...beat, fence: 2, seq: 2 }] })],
  ["another protocol", 422, own, told(beat, { protocol: 7 })],
  ["no reports", 422, own, told(beat, { reports: [] })],
  ["fifty-one reports", 422, own, told(beat, { reports: Array(51).fill(beat) })],
  ["a kind that there is not", 422, own, told({ ...about, kind: "promoted" })],
  ["a body that is no JSON", 400, own, "heartbeat"],
  ["an empty body", 400, own, ""],
  ["a body that is null", 422, own, "null"],
  ["a deep body", 422, own, JSON.stringify(told({ ...beat, x: "D" })).replace('"D"', nested(200))],
  ["a body of more than 512 kB", 413, own, told(beat, { x: "x".repeat(530_000) })],
  ["one of fewer characters, and more bytes", 413, own, told(beat, { x: "\u20ac".repeat(180_000) })],
])("%s has the same answer by either way: %i", async (_what, status, tokenOf, body) => {
  const there = await aRun();
  const here = await aRun();
  const [overHttp, token] = [await tokenOf(there.town.name), await tokenOf(here.town.name)];
  const { status: _, ...http } = await json(await call("POST", `/v1/towns/${there.town.name}/reports`, body, overHttp));
  const answer = await here.host.report(token, body);
  expect([answer.status, JSON.parse(answer.body)]).toEqual([
    status,
    answer.status === 200 ? http : { ...http, status },
  ]);
  for (const town of [there.town, here.town]) await quiet(town);
  expect(await kept(here.town)).toEqual(await kept(there.town));
  expect(await violations(here.town)).toEqual([]);
  expect(here.host.closed()).toBeNull();
});

test("a town says first that it takes reports there, and how many at once", async () => {
  const { host } = await aRun();
  expect(host.said).toEqual([{ hello: { reports: REPORTS_AT_ONCE } }]);
});

test("what was heard one way is a duplicate by the other", async () => {
  const { town, host } = await aRun();
  const token = await own(town.name);
  const verdict = (seq: number, verdict: string) => ({ verdicts: [{ seq, verdict }] });
  const post = async (body: unknown) => json(await call("POST", `/v1/towns/${town.name}/reports`, body, token));
  const say = async (body: unknown) => JSON.parse((await host.report(token, body)).body);
  expect(await say(told(beat))).toEqual(verdict(1, "ok"));
  expect(await post(told(beat))).toMatchObject(verdict(1, "duplicate"));
  expect(await post(told({ ...beat, seq: 2 }))).toMatchObject(verdict(2, "ok"));
  expect(await say(told({ ...beat, seq: 2 }))).toEqual(verdict(2, "duplicate"));
});

test("the token says whose run it is, whichever host brings it", async () => {
  const { town } = await aRun();
  const other = await joinedHost(town, "other", () => null);
  expect(await other.report(await own(town.name), told(beat))).toMatchObject({ status: 200 });
  expect(await other.report(await signed({ fence: 2 })(town.name), told(beat))).toMatchObject({ status: 403 });
});

test("a frame of another shape is refused by its id, and costs nothing else", async () => {
  const { town, host } = await aRun();
  const odd = [null, 1, "text", [], {}, { token: 1, body: "" }, { token: "" }, { token: "t", body: { protocol: 1 } }];
  for (const [n, report] of odd.entries()) host.send({ id: `odd${n}`, report });
  host.send({ id: "both", report: null, status: 200, body: "{}" });
  const refused = [...odd.map((_, n) => `odd${n}`), "both"].map((id) => ({ id, status: 422 }));
  await expect.poll(() => host.said.slice(1)).toMatchObject(refused);
  expect(JSON.parse((host.said[1] as { body: string }).body)).toMatchObject({ code: "invalid_input" });
  expect(await host.report(await own(town.name), told(beat))).toMatchObject({ status: 200 });
  expect(host.closed()).toBeNull();
  host.send({ report: { token: "", body: "" } });
  await expect.poll(host.closed).toBe(4003);
  expect(await violations(town)).toEqual([]);
});

test("of thousands at once so many are taken as may be under way, the others hear that; the town is well", async () => {
  const { town, host } = await aRun();
  const token = await own(town.name);
  const many = Array.from({ length: 3_000 }, (_, n) => host.report(token, told({ ...beat, seq: n + 1 })));
  const statuses = (await Promise.all(many)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  expect(statuses.slice(0, REPORTS_AT_ONCE)).toEqual(Array(REPORTS_AT_ONCE).fill(200));
  expect(await host.report(token, told({ ...beat, seq: 4_000 }))).toMatchObject({ status: 200 });
  const strangers = Array.from({ length: 3_000 }, () => host.report("tkr_main.WyJydW4iXQ.AAAA", told(beat)));
  for (const { status } of await Promise.all(strangers)) expect([401, 429]).toContain(status);
  expect(await host.report(token, told({ ...beat, seq: 4_001 }))).toMatchObject({ status: 200 });
  expect((await rows(town)).attempts).toMatchObject([{ state: "running", lastSeq: 4_001 }]);
  expect(await violations(town)).toEqual([]);
});

test("a town that slept hears a report through the socket that it had, and still asks who speaks", async () => {
  const { town, host } = await aRun();
  await evictDurableObject(town.stub());
  expect(await host.report(await signed({}, Date.now() - 2 * DAY_MS)(town.name), told(beat))).toMatchObject({
    status: 401,
  });
  await evictDurableObject(town.stub());
  expect(await host.report(await signed({ town: "elsewhere" })(town.name), told(beat))).toMatchObject({ status: 403 });
  await evictDurableObject(town.stub());
  expect(await host.report(await own(town.name), told(beat))).toMatchObject({ status: 200 });
  expect((await rows(town)).attempts).toMatchObject([{ state: "running", lastSeq: 1 }]);
  expect(host.closed()).toBeNull();
  expect(await violations(town)).toEqual([]);
});
