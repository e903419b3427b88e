/** Where what is known comes from: the town's stream, a snapshot and then what changes; and from before it, what the page shows of history. */
import { type Attempt, get, list, PAGE, type Problem, pages, problemOf, unreachable } from "../api.ts";
import { onAway, present } from "../presence.ts";
import { eventsAt } from "./events.ts";
import {
  type Change,
  forget,
  learnAttempts,
  learnChange,
  learnHistory,
  learnSnapshot,
  lose,
  type Snapshot,
  type Whole,
} from "./state.ts";

type Message = ({ type: "snapshot" } & Snapshot) | ({ type: "change" } & Change) | { type: "dropped"; seq: number };

/** After a connection that was lost; the first try comes at once. */
const WAITS_MS = [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000];
/** What a page shows of what is over. */
const MOST_BEADS = 2_000;
const SOME_BEADS = 200;
/** All of today are read, since what was spent is counted of them; of a day with more than so many the newest. */
const MOST_ATTEMPTS = 2_000;
const TICKS = 100;
const INCIDENTS = 30;
const CONVOYS = 50;
/** While much happens, ticks are asked for no more often. */
const TICKS_EVERY_MS = 1_000;

const pathOf = (town: string, below: string) => `/v1/towns/${encodeURIComponent(town)}${below}`;

/** Follows a town until it is told to stop. */
export function follow(town: string): () => void {
  const leaving = new AbortController();
  forget();
  void keepFollowing(town, leaving.signal);
  // Until it is live again, what is shown may be old by as long as nobody looked.
  const unheard = onAway((why) => lose(unreachable(why), { sinceMs: Date.now() }));
  return () => {
    unheard();
    leaving.abort();
  };
}

async function keepFollowing(town: string, signal: AbortSignal): Promise<void> {
  const place: Place = { seq: null, tries: 0 };
  while (!signal.aborted) {
    const here = await present();
    let why: Problem | null = null;
    try {
      await followOnce(town, place, AbortSignal.any([signal, here]));
    } catch (error) {
      why = problemOf(error);
    }
    if (signal.aborted) return;
    if (here.aborted) {
      place.tries = 0;
      continue;
    }
    // One that only ended is opened again before anything is said of it.
    if (why) lose(why);
    await rest(WAITS_MS[Math.min(place.tries++, WAITS_MS.length - 1)] ?? 0, signal);
  }
}

interface Place {
  /** Of the last message; null: all of it is asked for. */
  seq: number | null;
  /** That came to nothing since something was heard. */
  tries: number;
}

async function followOnce(town: string, place: Place, signal: AbortSignal): Promise<void> {
  const after = place.seq === null ? "" : `?after=${place.seq}`;
  const askTicks = asOften(TICKS_EVERY_MS, signal, async () =>
    learnHistory({ ticks: await list(pathOf(town, "/ticks"), TICKS, signal) }),
  );
  for await (const message of eventsAt<Message>(pathOf(town, `/stream${after}`), signal, lose)) {
    place.tries = 0;
    if (message.type === "snapshot") {
      performance.mark("townkeeper: known");
      learnSnapshot(message);
      await Promise.all([history(town, message.more, signal).then(learnHistory), attemptsOfToday(town, signal)]);
    }
    if (message.type === "change") {
      if (learnChange(message) === "uncounted") learnHistory({ town: await get(pathOf(town, ""), signal) });
      askTicks();
    }
    // What was not read to its end is asked for again.
    place.seq = message.seq;
  }
}

/** What a snapshot leaves out, since it is over. */
async function history(town: string, more: boolean, signal: AbortSignal): Promise<Partial<Whole>> {
  const some = <K extends keyof Whole>(path: string, most: number) =>
    list<Whole[K] extends (infer T)[] ? T : never>(pathOf(town, path), most, signal).catch((error) => {
      // What this token may not see is nothing to it; all else is shown.
      if (problemOf(error).status === 403) return [];
      throw error;
    });
  const [beads, ticks, incidents, convoys] = await Promise.all([
    some<"beads">("/beads", more ? MOST_BEADS : SOME_BEADS),
    some<"ticks">("/ticks", TICKS),
    some<"incidents">("/incidents", INCIDENTS),
    some<"convoys">("/convoys", CONVOYS),
  ]);
  return { beads, ticks, incidents, convoys };
}

/** The newest attempts, and as many before as began today: a page at a time, which is shown when it comes. */
async function attemptsOfToday(town: string, signal: AbortSignal): Promise<void> {
  const todayMs = new Date().setHours(0, 0, 0, 0);
  let count = 0;
  for await (const attempts of pages<Attempt>(pathOf(town, "/attempts"), PAGE, signal)) {
    const isAll = attempts.length < PAGE;
    // One of which it is not known when it began may be of today.
    const oldest = attempts.at(-1)?.startedAt ?? null;
    const sinceMs = isAll ? Number.NEGATIVE_INFINITY : oldest === null ? todayMs : Date.parse(oldest);
    learnAttempts(attempts, sinceMs);
    count += attempts.length;
    if (isAll || sinceMs < todayMs || count >= MOST_ATTEMPTS) return;
  }
}

/** Does it now, and for what comes meanwhile once more at the end of the time. */
function asOften(everyMs: number, signal: AbortSignal, act: () => Promise<void>): () => void {
  let isResting = false;
  let isWanted = false;
  const go = async () => {
    if (isResting || signal.aborted) {
      isWanted = true;
      return;
    }
    isResting = true;
    isWanted = false;
    // What fails is asked for with the next change.
    await act().catch(() => undefined);
    setTimeout(() => {
      isResting = false;
      if (isWanted) void go();
    }, everyMs);
  };
  return () => void go();
}

/** Shorter where the network, or the eyes, come back. */
function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      removeEventListener("online", done);
      document.removeEventListener("visibilitychange", done);
      signal.removeEventListener("abort", done);
      resolve();
    }
    addEventListener("online", done);
    document.addEventListener("visibilitychange", done);
    signal.addEventListener("abort", done);
  });
}
