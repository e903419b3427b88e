/** The words with which the log's lines begin, and those that end what they began: docs/words.md has them beside each item. */
const ENDS: Record<string, readonly string[]> = {
  STALE: ["RECOVERED"],
  LATE: ["RECOVERED"],
  FAILING: ["SUCCEEDING"],
  SPINNING: ["SETTLED"],
  STUCK: ["SERVED"],
  STARVED: ["FED"],
  TROUBLED: ["MENDED", "TRIED AGAIN", "NO LONGER WAITED FOR"],
  PARKED: ["REVIVED"],
  "CUT OFF": ["FREED"],
  RETURNED: ["LANDED", "REVIVED", "PARKED"],
  SILENT: ["NO LONGER SILENT"],
  HELD: ["UNHELD"],
  QUARANTINED: ["DISMISSED"],
  UNREADABLE: ["DISMISSED"],
  // Where the gate fails on it, its bead is parked and tells the rest.
  "PAST THE GATE": ["DISMISSED", "PARKED"],
  PAUSED: ["UNPAUSED"],
  DRAINING: ["NO LONGER DRAINING"],
};

export const firstWords = (line: string): string => /^[A-Z ]*[A-Z](?=[ :]|$)/.exec(line)?.[0] ?? line;

/** @returns what begins and has no end, or ends and has not begun: each line has one that goes the other way */
export function onesWay(words: readonly string[]): string[] {
  const open: string[] = [];
  const lone: string[] = [];
  for (const word of words) {
    const at = open.findIndex((begun) => ENDS[begun]?.includes(word));
    if (at >= 0) open.splice(at, 1);
    if (Object.hasOwn(ENDS, word)) open.push(word);
    else if (at < 0) lone.push(word);
  }
  return [...lone, ...open];
}
