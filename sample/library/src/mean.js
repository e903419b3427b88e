/**
 * The arithmetic mean of a list of numbers; null for none.
 *
 *     mean([1, 2, 6]) // 3
 */
export function mean(numbers) {
  throw new Error("mean is not written yet");
}
