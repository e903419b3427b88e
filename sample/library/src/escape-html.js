/**
 * The text with & < > " ' written as entities, fit for HTML text and attributes.
 *
 *     escapeHtml("a < b") // "a &lt; b"
 */
export function escapeHtml(text) {
  throw new Error("escapeHtml is not written yet");
}
