/** The lines of a patch, with their numbers on both sides. */
export interface Line {
  kind: "added" | "removed" | "same" | "hunk" | "note";
  /** Without its sign. */
  text: string;
  /** Null: it is not on that side. */
  before: number | null;
  after: number | null;
}

export function linesOf(patch: string): Line[] {
  if (patch === "") return [];
  let before = 0;
  let after = 0;
  return patch.split("\n").map((line): Line => {
    const [, from, to] = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(line) ?? [];
    if (from !== undefined && to !== undefined) {
      [before, after] = [Number(from), Number(to)];
      return { kind: "hunk", text: line, before: null, after: null };
    }
    const text = line.slice(1);
    if (line.startsWith("+")) return { kind: "added", text, before: null, after: after++ };
    if (line.startsWith("-")) return { kind: "removed", text, before: before++, after: null };
    if (line.startsWith("\\")) return { kind: "note", text: text.trim(), before: null, after: null };
    return { kind: "same", text, before: before++, after: after++ };
  });
}

export const SIGNS: Readonly<Record<Line["kind"], string>> = {
  added: "+",
  removed: "−",
  same: " ",
  hunk: "",
  note: "",
};

/** As a comment names it. What was removed is counted as it was. Null: it is no line of the file. */
export function placeOf(path: string, { before, after }: Line): string | null {
  if (after !== null) return `${path}:${after}`;
  return before === null ? null : `${path}:${before} (removed)`;
}
