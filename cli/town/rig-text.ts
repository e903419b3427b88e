import { counted, ended, quoted } from "../../src/lib/text.ts";
import type { Again } from "./again.ts";
import type { Rig } from "./answers.ts";
import { inTime } from "./times.ts";

const SHOWN = 5;

/** What waits there is as somebody wants it, so no verdict tells of it. */
export function pausedRigLines(rigs: readonly Rig[], nowMs: number, again: Again): string[] {
  const found = rigs.flatMap(({ id, paused }) => (paused ? [{ id, ...paused }] : []));
  const shown = found.slice(0, SHOWN).map(({ id, by, why, until }) => {
    const ends = until
      ? `ends by itself ${inTime(until, nowMs)}; ${again(`rig resume ${id}`)}  ends it now`
      : `${again(`rig resume ${id}`)}  ends that`;
    return `paused   rig ${id}, by ${by}: ${ended(quoted(why))} It begins nothing; ${ends}.`;
  });
  const more = found.length > shown.length ? [`         and ${counted(found.length - shown.length, "more rig")}`] : [];
  return [...shown, ...more];
}
