/** What a joined host does with its reports while its town offers to hear them through the socket, and while it does not. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { TownChannel } from "../../host/join.ts";
import { reportTimeoutMs } from "../../host/limits.ts";
import { postReports } from "../../host/post-report.ts";
import { ReportFrames } from "../../host/report-frames.ts";
import type { Report } from "../../src/protocol/reports.ts";
import { socketTown } from "./socket-town.ts";
import { until } from "./support.ts";

type Town = Awaited<ReturnType<typeof socketTown>>;

const beat = (seq: number): Report => ({
  ...{ kind: "heartbeat", agent: "a", bead: "b-1", fence: 1, seq, agentActiveAtMs: null },
});

const ok = ({ id, report: { body } }: { id: string; report: { body: string } }) => {
  const verdicts = JSON.parse(body).reports.map(({ seq }: Report) => ({ seq, verdict: "ok" }));
  return { id, status: 200, body: JSON.stringify({ verdicts }) };
};

/** A host that has joined this town. */
async function joined(town: Town, offer: object | null = { hello: { reports: 2 } }) {
  const url = `${town.url}/hosts/box`;
  const frames = new ReportFrames(url);
  const channel = new TownChannel({
    ...{ url, token: "t", bootId: "boot", frames, log: () => undefined },
    answer: () => Response.json({ accepted: true }),
  });
  onTestFinished(() => channel.close());
  await until(town.isOpen);
  if (offer) town.say(offer);
  await sleep(100);
  const say = (seq: number, url = `${town.url}/reports`, signal?: AbortSignal) => {
    const reporting = { url, token: "run-token", heartbeatMs: 1_000, leaseMs: 60_000 };
    return postReports(reporting, { bootId: "boot", places: null, frames }, [beat(seq)], signal);
  };
  return { say };
}

const seqsOf = (bodies: readonly string[]) => bodies.map((body) => JSON.parse(body).reports[0].seq);
const framedIn = (town: Town) => seqsOf(town.framed.map(({ report }) => report.body));

test("reports go through the socket, with the run's token, and each hears its own answer", async () => {
  const held: object[] = [];
  const town = await socketTown((frame) => {
    held.unshift(ok(frame));
    if (held.length === 2) for (const answer of held) town.say(answer);
    return null;
  });
  const { say } = await joined(town);
  expect(await Promise.all([say(1), say(2)])).toMatchObject([
    { kind: "delivered", verdict: "ok" },
    { kind: "delivered", verdict: "ok" },
  ]);
  expect(town.framed.map(({ report }) => report.token)).toEqual(["run-token", "run-token"]);
  expect(town.posted).toEqual([]);
});

test.each([
  ["nothing", null],
  ["something of another release", { hello: { orders: 1 } }],
  ["an offer that can't be", { hello: { reports: 0 } }],
])("where the town says %s, they go over HTTP and nothing through the socket", async (_what, offer) => {
  const town = await socketTown(ok);
  const { say } = await joined(town, offer);
  expect(await say(1)).toMatchObject({ kind: "delivered", verdict: "duplicate" });
  expect([town.framed, seqsOf(town.posted)]).toEqual([[], [1]]);
});

test("what is said to another town, or at another address, does not go to the one that was joined", async () => {
  const town = await socketTown(ok);
  const { say } = await joined(town);
  await say(1, town.url.replace("demo", "other/reports"));
  await say(2, `${town.url.replace("127.0.0.1", "localhost")}/reports`);
  expect([town.framed, seqsOf(town.posted)]).toEqual([[], [1, 2]]);
});

test("what is lost with the socket is posted within the same try", async () => {
  const town = await socketTown(() => null);
  const { say } = await joined(town);
  const said = [say(1), say(2)];
  await until(() => town.framed.length === 2);
  const droppedMs = performance.now();
  town.drop();
  for (const one of said) expect(await one).toMatchObject({ kind: "delivered", verdict: "duplicate" });
  expect(performance.now() - droppedMs).toBeLessThan(reportTimeoutMs / 2);
  expect([framedIn(town), seqsOf(town.posted)]).toEqual([
    [1, 2],
    [1, 2],
  ]);
});

test("a socket on which an answer stays out is left alone until the answer comes late", async () => {
  const late: object[] = [];
  const town = await socketTown((frame) => {
    if (late.length > 0) return ok(frame);
    late.push(ok(frame));
    return null;
  });
  const { say } = await joined(town);
  expect(await say(1)).toMatchObject({ kind: "delivered", verdict: "duplicate" });
  expect(await say(2)).toMatchObject({ kind: "delivered", verdict: "duplicate" });
  expect([framedIn(town), seqsOf(town.posted)]).toEqual([[1], [1, 2]]);
  town.say(late[0] as object);
  await sleep(100);
  expect(await say(3)).toMatchObject({ kind: "delivered", verdict: "ok" });
  expect([framedIn(town), seqsOf(town.posted)]).toEqual([
    [1, 3],
    [1, 2],
  ]);
});

test("more than the town hears there at once is posted", async () => {
  const town = await socketTown(() => null);
  const { say } = await joined(town);
  const waits = [say(1), say(2)];
  await until(() => town.framed.length === 2);
  expect(await say(3)).toMatchObject({ kind: "delivered" });
  expect([framedIn(town), seqsOf(town.posted)]).toEqual([[1, 2], [3]]);
  for (const { id, report } of town.framed) town.say(ok({ id, report }));
  for (const one of waits) expect(await one).toMatchObject({ kind: "delivered", verdict: "ok" });
});

test.each([
  [429, "delivered", [1]],
  [500, "delivered", [1]],
  [503, "delivered", [1]],
  [409, "fenced", []],
  [401, "unknown_here", []],
  [422, "failed", []],
])("an answer of %i through the socket is %s", async (status, kind, posted) => {
  const town = await socketTown(({ id }) => ({ id, status, body: "{}" }));
  const { say } = await joined(town);
  expect(await say(1)).toMatchObject({ kind });
  expect([framedIn(town), seqsOf(town.posted)]).toEqual([[1], posted]);
});

test("who gives up waiting hears so at once, and nothing is posted", async () => {
  const town = await socketTown(() => null);
  const { say } = await joined(town);
  const withdrawal = new AbortController();
  const said = say(1, undefined, withdrawal.signal);
  await until(() => town.framed.length === 1);
  withdrawal.abort();
  expect(await said).toMatchObject({ kind: "failed" });
  expect(await say(2, undefined, AbortSignal.abort())).toMatchObject({ kind: "failed" });
  expect([framedIn(town), town.posted]).toEqual([[1], []]);
});
