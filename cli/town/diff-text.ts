/** What commits change, as lines: commits as git logs them, then patches that other programs read as such. Pure. */
import type { components } from "../api-types.ts";
import { plain, shownText } from "./text.ts";

export type Diff = components["schemas"]["Diff"];
type DiffFile = components["schemas"]["DiffFile"];

type Ink = "bold" | "yellow" | "red" | "green" | "cyan" | "dim";
export interface Line {
  text: string;
  ink?: Ink;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

/** How much each file changes, in a line. */
export function statLine({ additions, deletions, binary, kind, modes, oldBytes, bytes, truncated }: DiffFile): string {
  const said = [
    ...(additions === null || deletions === null ? [] : [`+${additions} −${deletions}`]),
    ...(binary ? [`binary, ${sizes(oldBytes, bytes)}`] : []),
    ...(kind === "file" ? [] : [kind === "lfs" ? "a pointer of Git LFS" : kind]),
    ...(modes ? [`mode ${modes}`] : []),
    ...(truncated === null ? [] : [LEFT[truncated]]),
  ];
  return said.join(", ");
}

const LEFT = {
  cut: "cut, it goes on",
  too_large: "too large to be compared",
  left_out: "not shown: there was no room or time for it",
} as const;

const sizes = (before: number | null, after: number | null): string =>
  before === null ? `${after ?? 0} bytes` : after === null ? `${before} bytes before` : `${before} → ${after} bytes`;

export function diffLines(diff: Diff): Line[] {
  const { bead, fence, onto, commits, moreCommits, files, moreFiles, base, baseFrom, command } = diff;
  const [added, removed] = [sum(files, "additions"), sum(files, "deletions")];
  const much = `${count(commits.length + moreCommits, "commit")}, ${count(files.length + moreFiles, "file")}, +${added} −${removed}`;
  return [
    { text: `run ${fence} of ${bead}, for ${onto}: ${much}`, ink: "bold" },
    { text: `against ${base?.slice(0, 12) ?? "nothing"}${baseFrom === "commits" ? ", as its commits tell" : ""}` },
    ...commits.map(({ hash, parents, subject, author, at }) => ({
      text: `${hash.slice(0, 12)} ${(at ?? "").slice(0, 16).replace("T", " ")} ${plain(author)}: ${plain(subject)}${parents.length > 1 ? " (a merge)" : ""}`,
      ink: "yellow" as const,
    })),
    ...(moreCommits > 0 ? [{ text: `… and ${count(moreCommits, "commit")} before these` }] : []),
    ...files.flatMap(fileLines),
    ...(moreFiles > 0 ? [{ text: "" }, { text: `… and ${count(moreFiles, "file")} that are not listed` }] : []),
    ...(diff.truncated
      ? [{ text: "" }, { text: `Not all of it is here. In a clone: ${command}`, ink: "dim" as const }]
      : []),
  ];
}

const sum = (files: readonly DiffFile[], of: "additions" | "deletions"): number =>
  files.reduce((all, file) => all + (file[of] ?? 0), 0);

/** A name with its side, in quotes where it is. */
const sided = (side: string, path: string): string =>
  plain(path.startsWith('"') ? `"${side}/${path.slice(1)}` : `${side}/${path}`);

function fileLines(file: DiffFile): Line[] {
  const { path, oldPath, status, patch } = file;
  const [before, after] = [sided("a", oldPath ?? path), sided("b", path)];
  return [
    { text: "" },
    { text: `diff --git ${before} ${after}`, ink: "bold" },
    { text: `# ${[status.replace("_", " "), statLine(file)].filter(Boolean).join(", ")}`, ink: "dim" },
    ...(patch === null || patch === ""
      ? []
      : [
          { text: `--- ${status === "added" ? "/dev/null" : before}`, ink: "bold" as const },
          { text: `+++ ${status === "deleted" ? "/dev/null" : after}`, ink: "bold" as const },
          ...shownText(patch).split("\n").map(patchLine),
        ]),
  ];
}

const INKS: Readonly<Record<string, Ink>> = { "+": "green", "-": "red", "@": "cyan", "\\": "dim" };

function patchLine(text: string): Line {
  const ink = INKS[text.charAt(0)];
  return ink ? { text, ink } : { text };
}
