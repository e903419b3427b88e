/**
 * The words of a text joined without spaces, each but the first with a capital.
 *
 *     camelCase("background color") // "backgroundColor"
 */
export function camelCase(text) {
  throw new Error("camelCase is not written yet");
}
