/**
 * A Map from each key that keyOf gives to the items with that key, both in the order they come.
 *
 *     groupBy([1, 2, 3], (n) => n % 2) // Map { 1 => [1, 3], 0 => [2] }
 */
export function groupBy(list, keyOf) {
  throw new Error("groupBy is not written yet");
}
