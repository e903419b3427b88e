/** What the first words of a line for operators say of it. docs/words.md has them all. */
const GOOD_NEWS = [
  ...[
    "RECOVERED",
    "SUCCEEDING",
    "SETTLED",
    "SERVED",
    "FED",
    "MENDED",
    "REVIVED",
    "FREED",
    "DISMISSED",
    "LANDED",
    "NO LONGER",
    "TRIED AGAIN",
    "ENABLED",
  ],
  // An operator wants it so.
  ...["PAUSED", "UNPAUSED", "DRAINING", "HELD", "UNHELD"],
];

/** An operator who watches for errors is not told of those that are over. */
export const logLevelOf = (line: string): "info" | "error" =>
  GOOD_NEWS.some((word) => line === word || (/^[ :]/.test(line.slice(word.length)) && line.startsWith(word)))
    ? "info"
    : "error";
