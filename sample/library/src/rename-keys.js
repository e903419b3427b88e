/**
 * A copy of an object with its own keys in another style, "kebab" or "camel". The values stay as they are.
 * @throws {RangeError} for any other style
 *
 *     renameKeys({ topLeft: 1 }, "kebab") // { "top-left": 1 }
 */
export function renameKeys(object, style) {
  throw new Error("renameKeys is not written yet");
}
