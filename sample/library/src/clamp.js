/**
 * The value, or the nearer bound when it lies outside of low and high.
 *
 *     clamp(12, 0, 10) // 10
 */
export function clamp(value, low, high) {
  throw new Error("clamp is not written yet");
}
