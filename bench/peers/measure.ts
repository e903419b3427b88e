import { availableParallelism, loadavg } from "node:os";
import { messageOf } from "../../cli/fault.ts";
import { idleHour } from "./measures/idle.ts";
import { latency } from "./measures/latency.ts";
import { recovery } from "./measures/recovery.ts";
import { throughput } from "./measures/throughput.ts";
import { allPeers } from "./peers/index.ts";
import { Session } from "./session.ts";
import { Missing, type Peer, type PeerResult } from "./types.ts";

const LATENCY_BUDGET_MS = 30_000;
/** Items at a time. */
const [FEW, MANY] = [10, 50];
const SETTLE_MS = 4_000;
/** Long enough for BullMQ's lock of 30 s and its look of every 30 s, one after the other. */
const RECOVERY_BOUND_S = 75;

export type Options = {
  /** Items for the latency. */
  n: number;
  idleSeconds: number;
  /** All of them, if not given. */
  only?: readonly string[];
  say: (line: string) => void;
  /** Hears of what is started, so that it can be ended when we are told to leave. */
  onSession?: (session: Session, runs: boolean) => void;
};

/** First each alone: latency and throughput. Then all at once, where there is little but waiting: idling, and recovery. */
export async function measurePeers(options: Options): Promise<Record<string, PeerResult>> {
  const results: Record<string, PeerResult> = {};
  const peers = [];
  for (const make of allPeers) {
    const peer = make();
    if (options.only && !options.only.includes(peer.name)) continue;
    try {
      results[peer.name] = { throughput: {}, recovery: {}, settings: peer.settings, versions: peer.versions() };
      peers.push(make);
      if (!peer.recoveryOnly) await withSession(peer, options, results, (session) => busy(session, options, results));
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      options.say(`${peer.name}: left out. ${error.message}`);
    }
  }
  await quiet(
    peers.map((make) => make()),
    options,
    results,
  );
  return results;
}

async function busy(session: Session, { n, say }: Options, results: Record<string, PeerResult>): Promise<void> {
  const { peer } = session;
  const result = results[peer.name];
  if (!result) return;
  const load = () => Math.round((loadavg()[0] ?? 0) * 100) / 100;
  const before = load();
  say(`${peer.name}: latency`);
  result.latencyMs = await latency(session, { n, budgetMs: LATENCY_BUDGET_MS });
  for (const concurrency of [FEW, MANY]) {
    say(`${peer.name}: throughput at ${concurrency}`);
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
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const idle = sessions.filter(({ peer }) => !peer.recoveryOnly);
    await Promise.all(
      idle.map((session) =>
        guarded(session, async () => {
          Object.assign(results[session.peer.name] ?? {}, { idleHour: await idleHour(session, idleSeconds) });
        }),
      ),
    );
    say("all: recovery after kill -9");
    // One after the other up to the restart: two cores would not start ten at once in the time of one.
    for (const session of sessions)
      await guarded(session, async () => {
        const found = await recovery(session, "bead", RECOVERY_BOUND_S);
        Object.assign(results[session.peer.name]?.recovery ?? {}, { bead: found });
      });
    const waits = [];
    for (const session of sessions.filter(({ peer }) => peer.work.includes("slow"))) {
      waits.push(
        guarded(session, async () => {
          const found = await recovery(session, "slow", RECOVERY_BOUND_S);
          Object.assign(results[session.peer.name]?.recovery ?? {}, { slow: found });
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    }
    await Promise.all(waits);
  } finally {
    for (const session of sessions) await end(session, onSession);
  }
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
