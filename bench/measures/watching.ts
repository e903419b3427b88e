/** What it costs a town to be watched, and how soon those that watch it know. */
import { setTimeout as sleep } from "node:timers/promises";
import { Reading } from "../../cli/news.ts";
import { messages } from "../../cli/stream.ts";
import { againWith } from "../../cli/town/again.ts";
import { acknowledge, headOf, socketTo, startFollowers } from "../followers.ts";
import { type Bench, makeTown, type Quantiles, quantiles, withWorker } from "../town.ts";
import { type Idle, measureIdle } from "./idle-watching.ts";

const SUBSCRIBERS = 200;
/** One after the other with and without subscribers, so that both meet the same machine. */
const ROUNDS = 5;
/** What is made by people is not made faster; nor do those that watch then read more than a machine of two cores can. */
const PACE_MS = 100;
const TRIES = 200;
/** More than may be on the way to one that does not read. */
const UNREAD_BEADS = 300;

interface Passes {
  /** From a `POST` of a bead to its answer: the pass that begins it is in it. */
  answered: Quantiles;
  /** To the host's receipt of its start. */
  started: Quantiles;
}

export interface Watching {
  subscribers: number;
  without: Passes;
  with: Passes;
  /** Messages that were sent to them in all. */
  told: number;
  /** From the request of `town bead create` to the line of `town watch`. */
  createdToSeen: Quantiles;
  slow: Slow;
  idle: Idle;
}

/** One that reads nothing, and what it was told when it came back. */
interface Slow {
  toldBefore: number;
  charactersBefore: number;
  closedWith: number;
  /** Beads of which it did not know when it was sent away; and of those, so many that it does not know after it has come back. */
  missed: number;
  missedAfter: number;
}

export const measureWatching = async (n: number): Promise<Watching> => ({
  ...(await withWorker(async (bench) => ({
    ...(await besideSubscribers(bench, Math.max(10, Math.round(n / 10)))),
    createdToSeen: await createdToSeen(bench),
    slow: await slowReader(bench),
  }))),
  idle: await measureIdle(),
});

const streamOf = ({ url }: Bench, town: string): string => `${url}/v1/towns/${town}/stream`;

/** @param each beads of each round */
async function besideSubscribers(
  bench: Bench,
  each: number,
): Promise<Omit<Watching, "createdToSeen" | "slow" | "idle">> {
  const { api, token } = bench;
  // While those that watch come and go, a connection may idle for so long that it is closed.
  const wake = () => api.town("watched").catch(() => api.town("watched"));
  await makeTown(api, "watched");
  await beads(bench, each);
  const sides = { without: { answered: [], started: [] }, with: { answered: [], started: [] } } as Record<
    "without" | "with",
    Record<keyof Passes, number[]>
  >;
  let told = 0;
  const take = async (side: keyof typeof sides) => {
    await wake();
    const { answered, started } = await beads(bench, each);
    sides[side].answered.push(...answered);
    sides[side].started.push(...started);
  };
  for (let round = 0; round < ROUNDS; round++) {
    await take("without");
    const stop = await startFollowers({ url: streamOf(bench, "watched"), token, count: SUBSCRIBERS });
    await take("with");
    told += await stop();
  }
  const passes = ({ answered, started }: Record<keyof Passes, number[]>): Passes => ({
    answered: quantiles(answered),
    started: quantiles(started),
  });
  return { subscribers: SUBSCRIBERS, without: passes(sides.without), with: passes(sides.with), told };
}

/** One after the other through their whole life, at an even pace. */
async function beads({ api, host }: Bench, count: number): Promise<Record<keyof Passes, number[]>> {
  const times: Record<keyof Passes, number[]> = { answered: [], started: [] };
  let sentMs = 0;
  let closed = () => {};
  host.onOrder = ({ agent, atMs }) => {
    if (agent !== null) times.started.push(atMs - sentMs);
    return "done";
  };
  host.onHeard = ({ agent }) => {
    if (agent === null) closed();
  };
  for (let made = 0; made < count; made++) {
    const over = new Promise<void>((resolve) => {
      closed = resolve;
    });
    sentMs = performance.now();
    await api.createBeads("watched", [{ rig: "lib", title: `bead ${made}` }]);
    times.answered.push(performance.now() - sentMs);
    await over;
    await sleep(Math.max(0, sentMs + PACE_MS - performance.now()));
  }
  return times;
}

/** Its process takes some tenths of a second to begin before it asks for anything: that is not in it. */
async function createdToSeen({ api }: Bench): Promise<Quantiles> {
  await makeTown(api, "seen");
  // Nobody works, so that a bead is told of for being there.
  await api.of("seen").patch("", {}, { paused: { why: "it is watched" } });
  const leaving = new AbortController();
  const begun = Promise.withResolvers<void>();
  let seen = (_line: string) => {};
  const watching = (async () => {
    const reading = new Reading();
    for await (const message of messages(api.of("seen"), leaving.signal)) {
      for (const line of reading.read(message, againWith({}))) seen(line);
      begun.resolve();
    }
  })().catch(() => undefined);
  await begun.promise;
  const times: number[] = [];
  for (let made = 0; made < TRIES; made++) {
    const title = `bead ${made} of them`;
    const told = new Promise<void>((resolve) => {
      seen = (line) => line.includes(title) && resolve();
    });
    const sentMs = performance.now();
    await api.of("seen").post("/beads", {}, { rig: "lib", title });
    await told;
    times.push(performance.now() - sentMs);
    await sleep((made * 7) % 50);
  }
  leaving.abort();
  await watching;
  return quantiles(times);
}

/** It takes what comes and never says that it has read; then it comes back behind what it was told. */
async function slowReader(bench: Bench): Promise<Slow> {
  const { api, token } = bench;
  await makeTown(api, "slow");
  await api.of("slow").patch("", {}, { paused: { why: "it is watched" } });
  const known = new Set<string>();
  const url = streamOf(bench, "slow");
  const first = await readUntilClosed(socketTo(url, token), known, async () => {
    for (let made = 0; made < UNREAD_BEADS; made++)
      await api.createBeads("slow", [{ rig: "lib", title: `bead ${made}`, body: "x".repeat(2_000) }]);
  });
  const all = (await api.beads("slow")).map(({ id }) => id);
  const missing = () => all.filter((id) => !known.has(id)).length;
  const missed = missing();
  const back = socketTo(`${url}?after=${first.seq}`, token);
  await new Promise<void>((resolve) => {
    back.addEventListener("message", ({ data }) => {
      learn(known, String(data));
      acknowledge(back, String(data));
      if (missing() === 0) resolve();
    });
    back.addEventListener("close", () => resolve());
  });
  back.close();
  const { told: toldBefore, characters: charactersBefore, code: closedWith } = first;
  return { toldBefore, charactersBefore, closedWith, missed, missedAfter: missing() };
}

function learn(known: Set<string>, text: string): void {
  const { beads = [] } = JSON.parse(text) as { beads?: { id: string }[] };
  for (const { id } of beads) known.add(id);
}

/** @param body goes on once it has been told something */
async function readUntilClosed(socket: WebSocket, known: Set<string>, body: () => Promise<void>) {
  let told = 0;
  let characters = 0;
  let seq = 0;
  const closed = new Promise<number>((resolve) => {
    socket.addEventListener("close", ({ code }) => resolve(code));
  });
  const begun = new Promise<void>((resolve) => {
    socket.addEventListener("message", ({ data }) => {
      const text = String(data);
      told++;
      characters += text.length;
      seq = headOf(text).seq;
      learn(known, text);
      resolve();
    });
  });
  await begun;
  await body();
  // The socket of Node waits some ten seconds for the line itself to be closed.
  const code = await Promise.race([closed, sleep(30_000, 0)]);
  return { told, characters, seq, code };
}
