/**
 * The text, cut to at most length characters; a cut text ends in an ellipsis, which counts.
 *
 *     truncate("Hello world", 6) // "Hello…"
 */
export function truncate(text, length) {
  throw new Error("truncate is not written yet");
}
