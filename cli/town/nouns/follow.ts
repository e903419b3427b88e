import { setTimeout as pause } from "node:timers/promises";
import { Fault } from "../../fault.ts";
import type { Desk } from "../desk.ts";
import { shownText } from "../text.ts";

const LOOK_MS = 1_000;
const LIVE = new Set(["starting", "running", "stopping"]);

/** @throws Fault if the bead never ran */
export async function newestRun(desk: Desk, bead: string): Promise<number> {
  const [newest] = (await desk.list("/attempts", {}, { bead }, {})).filter(({ kind }) => kind === "run");
  if (newest) return newest.fence;
  // One that is not there is told from one that never ran.
  await desk.town.get("/beads/{bead}", { bead });
  throw new Fault(`${bead} has not run yet: \`${desk.again(`explain ${bead}`)}\` says why`, 1);
}

/** Prints what is kept of a run's output; with `follow` also what comes, until it is over. */
export async function followLog(desk: Desk, fence: number, follow: boolean): Promise<void> {
  let last: string | null = null;
  for (;;) {
    const { state, pieces } = await desk.town.get("/attempts/{fence}/log", { fence: String(fence) });
    const keys = pieces.map(({ at, text }) => `${at} ${text}`);
    // The oldest go while the newest come, so it goes on after the last one that was printed.
    const fresh = pieces.slice(last === null ? 0 : keys.lastIndexOf(last) + 1);
    for (const { text } of fresh) desk.print(shownText(text));
    last = keys.at(-1) ?? last;
    if (!follow || !LIVE.has(state)) return;
    await pause(LOOK_MS);
  }
}
