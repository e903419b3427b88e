/** Deep equality of plain data: the simulator runs where Node's own is not at hand. */
export const isDeepStrictEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
