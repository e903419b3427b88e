/**
 * The end of what a program printed, as a sentence behind why it failed; nothing where it printed nothing.
 *
 * @param tail fit to be shown
 * @param lines so many of its last ones
 */
export function lastSaid(tail: string, { lines, chars }: { lines: number; chars: number }): string {
  const said = tail.trim().split("\n").slice(-lines).join(" / ").slice(-chars);
  return said ? ` It said last: ${said}` : "";
}
