/** What the first words of a line for operators say of it. docs/words.md has them all. */
const GOOD_NEWS = [
  ...[
    "RECOVERED",
    "SUCCEEDING",
    "SETTLED",
    "RESUMED",
    "FED",
    "MENDED",
    "REVIVED",
    "FREED",
    "DISMISSED",
    "LANDED",
    "NO LONGER",
    "TRIED AGAIN",
  ],
  // Somebody wants it so.
  ...["PAUSED", "UNPAUSED", "DRAINING", "HELD", "UNHELD"],
];

/** Whoever watches for errors hears of none that is over. */
export const logLevelOf = (line: string): "info" | "error" =>
  GOOD_NEWS.some((word) => line === word || (/^[ :]/.test(line.slice(word.length)) && line.startsWith(word)))
    ? "info"
    : "error";
