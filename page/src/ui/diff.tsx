/** Commits, and the files that they change. A chunk of its own: a first look at the page loads nothing of it. */
import { useSignal } from "@preact/signals";
import type { Bead, Diff, DiffFile } from "../api.ts";
import { get } from "../api.ts";
import { townPath } from "../route.ts";
import styles from "../style/diff.css?inline";
import { Command } from "./copy.tsx";
import { Counts } from "./diff-counts.tsx";
import { FileChanges } from "./diff-file.tsx";
import { useLoad } from "./hooks.ts";
import { Wrong } from "./problem.tsx";
import { adopt } from "./sheet.ts";
import { When } from "./time.tsx";

interface Props {
  bead: Bead;
  onPick?: ((place: string) => void) | undefined;
}

adopt(styles);

/** Who goes through a list by keys asks a host for those alone at which they stay. */
const STAYS_MS = 250;

const stays = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, STAYS_MS);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

/** So many lines are open at first, the first file in any case. */
const OPEN_LINES = 400;

export function DiffView({ bead, onPick }: Props) {
  const path = townPath(`/beads/${encodeURIComponent(bead.id)}/diff`);
  const { value: diff, problem } = useLoad<Diff>(path, `${bead.head} ${bead.status}`, async (signal) => {
    await stays(signal);
    return get<Diff>(path, signal);
  });
  if (problem) return <Wrong problem={problem} />;
  if (!diff) return <p class="soft" role="status">{`Asking the host for the commits of ${bead.id} …`}</p>;
  return (
    <div class="stack diff">
      <Summary diff={diff} />
      <Commits diff={diff} />
      <Files key={diff.head} diff={diff} path={path} onPick={onPick} />
    </div>
  );
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
const sum = (files: readonly DiffFile[], of: "additions" | "deletions"): number =>
  files.reduce((all, file) => all + (file[of] ?? 0), 0);

const BASES: Readonly<Record<Diff["baseFrom"], string>> = {
  attempt: "what it was built on",
  branch: "where it left that branch",
  commits: "all of it is on that branch by now, so its commits tell",
};

function Summary({ diff }: { diff: Diff }) {
  const { fence, onto, base, baseFrom, commits, moreCommits, files, moreFiles, truncated, command } = diff;
  return (
    <div class="summary">
      <p>
        {counted(commits.length + moreCommits, "commit")} of run {fence} for <code>{onto}</code>:{" "}
        {counted(files.length + moreFiles, "file")},{" "}
        <Counts additions={sum(files, "additions")} deletions={sum(files, "deletions")} />
        <span class="soft small">
          {" "}
          against {base === null ? "nothing" : <code>{base.slice(0, 10)}</code>}, {BASES[baseFrom]}
        </span>
      </p>
      {truncated && (
        <p class="warn small">Not all of it is shown here; each file says what is missing. All of it, in a clone:</p>
      )}
      <p class="row small">
        <Command text={command} />
      </p>
    </div>
  );
}

function Commits({ diff: { commits, moreCommits } }: { diff: Diff }) {
  return (
    <ol class="list commits" aria-label="Commits, the newest first">
      {commits.map(({ hash, subject, author, at, parents, trailers }) => (
        <li key={hash}>
          <span class="row">
            <code title={hash}>{hash.slice(0, 10)}</code>
            <span class="strong">{subject}</span>
            {parents.length > 1 && <span class="soft">a merge</span>}
          </span>
          <span class="row soft small">
            <span>{author}</span>
            <When at={at} />
            {trailers.map(({ name, value }) => (
              <span key={`${name} ${value}`}>
                {name}: {value}
              </span>
            ))}
          </span>
        </li>
      ))}
      {moreCommits > 0 && <li class="soft">… and {counted(moreCommits, "commit")} before these</li>}
    </ol>
  );
}

function Files({ diff: { files, moreFiles }, path, onPick }: { diff: Diff; path: string; onPick: Props["onPick"] }) {
  const all = useSignal<boolean | null>(null);
  let lines = 0;
  return (
    <div class="files">
      {files.length > 1 && (
        <p class="row">
          <button
            type="button"
            class="button"
            onClick={() => {
              all.value = true;
            }}
          >
            Unfold all
          </button>
          <button
            type="button"
            class="button"
            onClick={() => {
              all.value = false;
            }}
          >
            Fold all
          </button>
        </p>
      )}
      {files.map((file, index) => {
        lines += file.patch?.split("\n").length ?? 0;
        const isOpen = all.value ?? (index === 0 || lines <= OPEN_LINES);
        return (
          <FileChanges key={`${file.path} ${all.value}`} file={file} path={path} isOpen={isOpen} onPick={onPick} />
        );
      })}
      {moreFiles > 0 && <p class="soft">… and {counted(moreFiles, "file")} that are not listed here.</p>}
    </div>
  );
}
