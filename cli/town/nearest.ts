/** The one of these words that was probably meant, or null if none is near. Pure. */
function nearest(typed: string, words: readonly string[]): string | null {
  const ranked = words
    .map((word) => ({ word, distance: distance(typed.toLowerCase(), word) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= Math.max(1, Math.floor(best.word.length / 3)) ? best.word : null;
}

/** " Did you mean X?", or nothing. */
export function didYouMean(typed: string, words: readonly string[], prefix = ""): string {
  const word = nearest(typed, words);
  return word === null ? "" : ` Did you mean ${prefix}${word}?`;
}

/** Letters to add, drop, change or swap with their neighbour. */
function distance(a: string, b: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const changed = at(previous, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
          ? at(older, column - 2) + 1
          : Number.POSITIVE_INFINITY;
      current.push(Math.min(changed, swapped, at(previous, column) + 1, at(current, column - 1) + 1));
    }
    older = previous;
    previous = current;
  }
  return at(previous, b.length);
}

const at = (row: number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY;
