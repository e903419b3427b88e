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

/** Reads on in what is kept of a run's output: each time what is new, and whether the run lives. */
function readerOf(desk: Desk, fence: number): () => Promise<{ isLive: boolean; text: string }> {
  let last: string | null = null;
  return async () => {
    const asked = () => desk.town.get("/attempts/{fence}/log", { fence: String(fence) });
    const { state, pieces } = await desk.line.asking(asked);
    const keys = pieces.map(({ at, text }) => `${at} ${text}`);
    // The oldest go while the newest come, so it goes on after the last one that was printed.
    const fresh = pieces.slice(last === null ? 0 : keys.lastIndexOf(last) + 1);
    last = keys.at(-1) ?? last;
    return { isLive: LIVE.has(state), text: shownText(fresh.map(({ text }) => text).join("")) };
  };
}

/** Prints what is kept of a run's output; with `follow` also what comes, until it is over. */
export async function followLog(desk: Desk, fence: number, follow: boolean): Promise<void> {
  let hasPrinted = false;
  for (const read = readerOf(desk, fence); ; ) {
    const { isLive, text } = await read();
    desk.print(text);
    hasPrinted ||= text !== "";
    if (!follow || !isLive) {
      // To a program an empty output says the same.
      if (!hasPrinted)
        process.stderr.write(`fence ${fence}: printed nothing${isLive ? " so far" : ", or it is kept no more"}\n`);
      return;
    }
    await pause(LOOK_MS);
  }
}

/** The same of every run that lives, each line with its bead; with `follow` also of those that begin later, until a signal. */
export async function followAll(desk: Desk, follow: boolean): Promise<void> {
  const readers = new Map<number, { bead: string; read: ReturnType<typeof readerOf> }>();
  for (;;) {
    const attempts = await desk.line.asking(() => desk.list("/attempts", {}, {}, { limit: 200 }));
    for (const { fence, bead, kind, state } of attempts.toReversed())
      if (kind === "run" && LIVE.has(state) && !readers.has(fence))
        readers.set(fence, { bead, read: readerOf(desk, fence) });
    for (const [fence, { bead, read }] of readers) {
      const { isLive, text } = await read();
      for (const line of text.split("\n")) if (line !== "") desk.say(`${bead} | ${line}`);
      if (!isLive) readers.delete(fence);
    }
    if (!follow) {
      if (attempts.every(({ state }) => !LIVE.has(state))) process.stderr.write("nothing runs now\n");
      return;
    }
    await pause(LOOK_MS);
  }
}
