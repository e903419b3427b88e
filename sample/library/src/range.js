/**
 * The numbers from start up to but without end, step apart.
 * @throws {RangeError} if step is not positive
 *
 *     range(0, 10, 4) // [0, 4, 8]
 */
export function range(start, end, step = 1) {
  throw new Error("range is not written yet");
}
