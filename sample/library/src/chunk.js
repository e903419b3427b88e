/**
 * A list cut into lists of the given size; the last may be shorter.
 * @throws {RangeError} if size is not a positive whole number
 *
 *     chunk([1, 2, 3], 2) // [[1, 2], [3]]
 */
export function chunk(list, size) {
  throw new Error("chunk is not written yet");
}
