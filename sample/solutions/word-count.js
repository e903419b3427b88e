import { groupBy } from "./group-by.js";
import { words } from "./words.js";

export function wordCount(text) {
  const groups = groupBy(words(text), (word) => word.toLowerCase());
  const counts = [...groups].map(([word, found]) => [word, found.length]);
  return counts.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}
