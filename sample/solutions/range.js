export function range(start, end, step = 1) {
  if (!(step > 0)) throw new RangeError(`step must be positive: ${step}`);
  const length = Math.max(0, Math.ceil((end - start) / step));
  return Array.from({ length }, (_, index) => start + index * step);
}
