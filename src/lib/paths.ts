/** A path up to its first wildcard, without the slash at its end: what it stands for, roughly. */
const stem = (path: string): string => (path.split("*")[0] as string).replace(/\/+$/, "");

const isIn = (path: string, folder: string): boolean =>
  folder === "" || path === folder || path.startsWith(`${folder}/`);

/** The first path of `ours` that is, holds, or lies within one of `theirs`; null: they do not meet. */
export function overlapping(ours: readonly string[], theirs: readonly string[]): string | null {
  const others = theirs.map(stem);
  return ours.find((path) => others.some((other) => isIn(stem(path), other) || isIn(other, stem(path)))) ?? null;
}
