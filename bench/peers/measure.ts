import { availableParallelism, loadavg } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { messageOf } from "../../cli/fault.ts";
import { idleHour } from "./measures/idle.ts";
import { latency } from "./measures/latency.ts";
import { recovery } from "./measures/recovery.ts";
import { throughput } from "./measures/throughput.ts";
import { allPeers } from "./peers/index.ts";
import { Session } from "./session.ts";
import { Missing, type Peer, type PeerResult, type Round } from "./types.ts";

/** Items at a time. */
const [FEW, MANY] = [10, 50];
/** About what a bead's recovery takes. */
const RESTART_MS = 6_000;
const SETTLE_MS = 4_000;
/** Long enough for BullMQ's lock of 30 s and its look of every 30 s, one after the other. */
const RECOVERY_BOUND_S = 75;

export type Options = {
  /** Items for the latency. */
  n: number;
  /** And the time for them, for each peer. */
  latencySeconds: number;
  idleSeconds: number;
  /** No peer's latency and throughput are begun after so long in a round: a machine that is busy with other things gets fewer done. */
  busySeconds: number;
  /** Rounds in which each peer's latency and throughput are measured once. */
  times: number;
  /** All of them, if not given. */
  only?: readonly string[];
  say: (line: string) => void;
  /** Hears of what is started, so that it can be ended when we are told to leave. */
  onSession?: (session: Session, runs: boolean) => void;
};

/**
 * First each alone, in turns: latency and throughput. Then all at once, where there is little but waiting: idling, and
 * recovery.
 */
export async function measurePeers(options: Options): Promise<Record<string, PeerResult>> {
  const results: Record<string, PeerResult> = {};
  const peers = new Set(allPeers);
  for (const make of allPeers)
    await unlessMissing(make, peers, options, async (peer) => {
      if (options.only && !options.only.includes(peer.name)) peers.delete(make);
      else results[peer.name] = { rounds: [], recovery: {}, settings: peer.settings, versions: peer.versions() };
    });
  for (let round = 1; round <= options.times; round++) {
    const untilMs = performance.now() + options.busySeconds * 1_000;
    for (const make of [...peers])
      await unlessMissing(make, peers, options, async (peer) => {
        if (peer.recoveryOnly || results[peer.name]?.failure) return;
        if (performance.now() > untilMs) options.say(`${peer.name}: no time left for latency and throughput`);
        else await withSession(peer, options, results, (session) => busy(session, options, results, round));
      });
  }
  if (peers.size > 0)
    await quiet(
      Array.from(peers, (make) => make()),
      options,
      results,
    );
  return results;
}

type Make = (typeof allPeers)[number];

/** A peer whose server is not on this machine is left out from then on. */
async function unlessMissing(
  make: Make,
  peers: Set<Make>,
  { say }: Options,
  use: (peer: Peer) => Promise<void>,
): Promise<void> {
  const peer = make();
  try {
    await use(peer);
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    peers.delete(make);
    say(`${peer.name}: left out. ${error.message}`);
  }
}

async function busy(
  session: Session,
  { n, latencySeconds, times, say }: Options,
  results: Record<string, PeerResult>,
  round: number,
): Promise<void> {
  const { peer } = session;
  const result: Round = { round, throughput: {} };
  results[peer.name]?.rounds.push(result);
  const load = () => Math.round((loadavg()[0] ?? 0) * 100) / 100;
  const before = load();
  const who = times > 1 ? `${peer.name}, ${round} of ${times}` : peer.name;
  say(`${who}: latency`);
  result.latencyMs = await latency(session, { n, budgetMs: latencySeconds * 1_000 });
  for (const concurrency of [FEW, MANY]) {
    say(`${who}: throughput at ${concurrency}`);
    if (concurrency !== FEW) await peer.setConcurrency(concurrency);
    for (const work of ["bead", "job"] as const)
      if (peer.work.includes(work))
        result.throughput[`${work}@${concurrency}`] = await throughput(session, work, concurrency);
  }
  result.load = { cores: availableParallelism(), before, after: load() };
}

async function quiet(peers: Peer[], options: Options, results: Record<string, PeerResult>): Promise<void> {
  const sessions = peers.map((peer) => new Session(peer));
  const { say, onSession, idleSeconds } = options;
  const guarded = async (session: Session, measure: () => Promise<void>) => {
    const result = results[session.peer.name];
    if (!result || result.failure) return;
    await measure().catch((error) => {
      result.failure = messageOf(error);
    });
  };
  try {
    for (const session of sessions) {
      onSession?.(session, true);
      await guarded(session, () => session.start(FEW));
    }
    say(`all: idle for ${idleSeconds} s`);
    await pause(SETTLE_MS);
    const idle = sessions.filter(({ peer }) => !peer.recoveryOnly);
    await Promise.all(
      idle.map((session) =>
        guarded(session, async () => {
          Object.assign(results[session.peer.name] ?? {}, { idleHour: await idleHour(session, idleSeconds) });
        }),
      ),
    );
    say("all: recovery after kill -9");
    // One after the other: two cores would not restart all of them in the time of one.
    const waits = [];
    for (const session of sessions) {
      waits.push(guarded(session, () => recoveries(session, results[session.peer.name]?.recovery ?? {})));
      await pause(RESTART_MS);
    }
    await Promise.all(waits);
  } finally {
    for (const session of sessions) await end(session, onSession);
  }
}

async function recoveries(session: Session, found: PeerResult["recovery"]): Promise<void> {
  const { work, recoveryOnly, crash } = session.peer;
  if (!crash) return;
  if (!recoveryOnly) found.bead = await recovery(session, "bead", RECOVERY_BOUND_S);
  if (work.includes("slow")) found.slow = await recovery(session, "slow", RECOVERY_BOUND_S);
}

async function withSession(
  peer: Peer,
  { onSession }: Options,
  results: Record<string, PeerResult>,
  use: (session: Session) => Promise<void>,
): Promise<void> {
  const session = new Session(peer);
  onSession?.(session, true);
  try {
    await session.start(FEW);
    await use(session);
  } catch (error) {
    if (error instanceof Missing) throw error;
    Object.assign(results[peer.name] ?? {}, { failure: messageOf(error) });
  } finally {
    await end(session, onSession);
  }
}

async function end(session: Session, onSession: Options["onSession"]): Promise<void> {
  await session.stop().catch(() => undefined);
  onSession?.(session, false);
}
