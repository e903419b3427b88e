import { setTimeout as pause } from "node:timers/promises";
import { cpuSeconds } from "../processes.ts";
import { rounded, type Session } from "../session.ts";
import type { Throughput } from "../types.ts";

const BATCH = 100;
const MAX_ITEMS = 2_000;
const TARGET_MS = 2_500;
const WITHIN_MS = 40_000;
const LOOK_EVERY_MS = 10;
/** PostgreSQL tells its counts a second late. */
const COUNTS_SETTLE_MS = 1_200;

type Kind = "bead" | "job";

/** From the first call until the last item is recorded as done; as many items as take two or three seconds. */
export async function throughput(session: Session, work: Kind, concurrency: number): Promise<Throughput> {
  const few = 20 + 2 * concurrency; // also the warm-up
  const trial = await drain(session, work, few);
  const n = Math.max(few, Math.min(MAX_ITEMS, Math.round((few / trial) * (TARGET_MS / 1_000))));
  await pause(COUNTS_SETTLE_MS);
  const before = await session.peer.counters();
  const pids = session.peer.pids();
  const cpuBefore = cpuSeconds(pids);
  const seconds = await drain(session, work, n);
  const cpuAfter = cpuSeconds(pids);
  await pause(COUNTS_SETTLE_MS);
  const after = await session.peer.counters();
  const transitions = session.peer.transitions[work]?.length ?? Number.NaN;
  return {
    n,
    seconds: rounded(seconds),
    itemsPerSecond: rounded(n / seconds),
    effectsPerSecond: rounded(((work === "bead" ? 2 : 1) * n) / seconds),
    durableTransitionsPerItem: transitions,
    durableTransitionsPerSecond: rounded((transitions * n) / seconds),
    storagePerItem: before && after && difference(before, after, n),
    cpuMsPerItem: cpuBefore && cpuAfter && difference(cpuBefore, cpuAfter, n / 1_000),
  };
}

async function drain(session: Session, work: Kind, n: number): Promise<number> {
  const { peer, host } = session;
  const ids = session.take(n);
  const beganMs = performance.now();
  for (let at = 0; at < n; at += BATCH) await peer.enqueue(ids.slice(at, at + BATCH), work);
  const isOver = (id: string) => (work === "bead" ? host.closed.has(id) : host.seen.has(id));
  let over = 0; // the first so many are: looked at again and again, all of them would cost too much
  const allOver = () => {
    while (over < n && isOver(ids[over] ?? "")) over++;
    return over === n;
  };
  if (!(await host.until(allOver, WITHIN_MS))) throw new Error(`${n - over} of ${n} items were not done in time`);
  while ((await peer.left()) > 0) {
    if (performance.now() - beganMs > WITHIN_MS) throw new Error("items were done and not recorded in time");
    await pause(LOOK_EVERY_MS);
  }
  return (performance.now() - beganMs) / 1_000;
}

export function difference(before: Record<string, number>, after: Record<string, number>, by: number) {
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, rounded((value - (before[name] ?? 0)) / by)]),
  );
}
