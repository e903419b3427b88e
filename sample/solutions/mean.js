import { sum } from "./sum.js";

export function mean(numbers) {
  return numbers.length === 0 ? null : sum(numbers) / numbers.length;
}
