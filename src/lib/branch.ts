/** Every attempt works on a branch of its own, so a stale one can only ever write to its own. */
export const branchOf = (beadId: string, fence: number): string => `town/${beadId}/${fence}`;
