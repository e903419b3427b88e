/**
 * The words of a text in lower case, joined by dashes.
 *
 *     kebabCase("Hello, big world") // "hello-big-world"
 */
export function kebabCase(text) {
  throw new Error("kebabCase is not written yet");
}
