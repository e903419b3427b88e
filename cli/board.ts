import type { Bead } from "./api.ts";
import { statusText } from "./town/words.ts";
import type { Snapshot } from "./transitions.ts";

const BAR_WIDTH = 24;
const MARKS: Record<Bead["status"], string> = {
  open: "·",
  in_progress: "▶",
  in_review: "◆",
  closed: "✔",
  failed: "✘",
  cancelled: "–",
};

/** The town as a few lines for a terminal of this many columns: a bar, then a line per bead. Pure. */
export function boardLines({ beads, agents }: Snapshot, elapsedMs: number, columns: number): string[] {
  const closed = beads.filter(({ status }) => status === "closed").length;
  const busy = agents.filter(({ status }) => status !== "idle").length;
  const counts = `${closed}/${beads.length} beads closed, ${busy}/${agents.length} agents at work`;
  const lines = [`${bar(closed, beads.length)} ${counts}, ${seconds(elapsedMs)}`, ...beads.map(beadLine)];
  return lines.map((line) => clip(line, columns));
}

/** Elapsed time as a person reads it. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function bar(done: number, total: number): string {
  const filled = total === 0 ? 0 : Math.round((done / total) * BAR_WIDTH);
  return "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
}

function beadLine({ id, title, status, agent, blockedBy, notBeforeAt }: Bead): string {
  const isWaiting = status === "in_progress" && notBeforeAt !== null && Date.parse(notBeforeAt) > Date.now();
  const state = isWaiting ? "waits to retry" : status === "open" && blockedBy > 0 ? "blocked" : statusText(status);
  const by = status === "in_progress" && agent ? ` ${agent}` : "";
  return `${MARKS[status]} ${id.padEnd(7)} ${state.padEnd(14)} ${title}${by}`;
}

function clip(line: string, columns: number): string {
  return line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`;
}
