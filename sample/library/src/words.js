/**
 * The words of a text, in order: runs of letters and digits. A capital after a small letter begins a new word.
 *
 *     words("Hello, big world") // ["Hello", "big", "world"]
 *     words("camelCase2go")     // ["camel", "Case2go"]
 */
export function words(text) {
  throw new Error("words is not written yet");
}
