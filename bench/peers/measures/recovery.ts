import { setTimeout as pause } from "node:timers/promises";
import { rounded, type Session } from "../session.ts";
import type { Recovery } from "../types.ts";

const ITEMS = 20;
const RUN_MS = 2_000;
const KILL_AFTER_MS = 1_000;
const STARTED_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 100;

/**
 * `kill -9` of the working process while the first of 20 items are under way, and its start again at once. `slow`: the handler
 * itself waits two seconds for its effect. `bead`: the host takes it at once, and reports two seconds later.
 */
export async function recovery(session: Session, work: "bead" | "slow", boundSeconds: number): Promise<Recovery> {
  const { peer, host } = session;
  const ids = session.take(ITEMS);
  host.runMs = RUN_MS;
  const stuck = await peer.left(); // from a recovery before this one
  await peer.enqueue(ids, work);
  await host.until(() => ids.some((id) => host.seen.has(id)), STARTED_WITHIN_MS);
  await pause(KILL_AFTER_MS);
  const killedMs = performance.now();
  await peer.crash?.();
  const secondsToRestart = rounded((performance.now() - killedMs) / 1_000);
  const untilMs = killedMs + boundSeconds * 1_000;
  const reached = (id: string) => (work === "bead" ? host.closed.has(id) : host.seen.has(id));
  let left = ITEMS;
  while (performance.now() < untilMs) {
    left = await peer.left().then(
      (all) => all - stuck,
      () => left,
    );
    if (left <= 0 && ids.every(reached)) break;
    await pause(LOOK_EVERY_MS);
  }
  const isDone = left <= 0 && ids.every(reached);
  const seconds = rounded((performance.now() - killedMs) / 1_000);
  const twice = (of: "asked" | "ran") =>
    ids.reduce((sum, id) => sum + Math.max(0, (host.seen.get(id)?.[of] ?? 0) - 1), 0);
  return {
    items: ITEMS,
    killedAfterMs: KILL_AFTER_MS,
    secondsToAllDone: isDone ? seconds : null,
    secondsToRestart,
    askedTwice: twice("asked"),
    ranTwice: twice("ran"),
    unfinished: isDone ? 0 : Math.max(left, ids.filter((id) => !reached(id)).length),
    boundSeconds,
  };
}
