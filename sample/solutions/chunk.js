import { range } from "./range.js";

export function chunk(list, size) {
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`size must be a positive whole number: ${size}`);
  return range(0, list.length, size).map((start) => list.slice(start, start + size));
}
