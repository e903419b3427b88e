/** What changes in one file. Its lines are gone through by arrows, and picked by Enter, as options of a list are. */
import { useComputed, useSignal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import { type Diff, type DiffFile, get, type Problem, problemOf } from "../api.ts";
import { Counts } from "./diff-counts.tsx";
import { type Line, linesOf, placeOf, SIGNS } from "./patch.ts";
import { Wrong } from "./problem.tsx";
import { visible } from "./told.tsx";

interface Props {
  file: DiffFile;
  /** Of the whole diff, which has this file alone too. */
  path: string;
  isOpen: boolean;
  onPick?: ((place: string) => void) | undefined;
}

export function FileChanges({ file: given, path, isOpen, onPick }: Props) {
  const whole = useSignal<DiffFile | null>(null);
  const open = useSignal(isOpen);
  const file = whole.value ?? given;
  return (
    <details
      class="file"
      open={isOpen}
      onToggle={(event) => {
        open.value = event.currentTarget.open;
      }}
    >
      <summary>
        <span class="path">
          {file.oldPath !== null && (
            <span class="soft">
              <code>{file.oldPath}</code> →{" "}
            </span>
          )}
          <code>{visible(file.path)}</code>
        </span>
        <span class="row small">
          <span class="soft">{[file.status.replace("_", " "), ...marksOf(file)].join(", ")}</span>
          {file.additions !== null && file.deletions !== null && file.additions + file.deletions > 0 && (
            <Counts additions={file.additions} deletions={file.deletions} />
          )}
        </span>
      </summary>
      {open.value && (
        <>
          {file.patch === null || file.patch === "" ? (
            <p class="soft nothing">{whyNothing(file)}</p>
          ) : (
            <Lines file={file} onPick={onPick} />
          )}
          {file.truncated === "cut" && <p class="warn nothing">It goes on; what follows is not shown.</p>}
          {(file.truncated === "cut" || file.truncated === "left_out") && whole.value === null && (
            <More path={path} file={file.path} onMore={(more) => (whole.value = more)} />
          )}
        </>
      )}
    </details>
  );
}

function marksOf({ kind, modes, binary, truncated }: DiffFile): string[] {
  return [
    ...(kind === "file" ? [] : [kind === "lfs" ? "a pointer of Git LFS" : kind]),
    ...(modes === null ? [] : [`mode ${modes}`]),
    ...(binary ? ["binary"] : []),
    ...(truncated === "too_large" ? ["too large"] : truncated === "left_out" ? ["not shown"] : []),
  ];
}

function whyNothing({ binary, truncated, oldBytes, bytes, status }: DiffFile): string {
  const size = `${oldBytes ?? "no"} bytes before, ${bytes ?? "no"} bytes after`;
  if (binary) return `It is binary: ${size}.`;
  if (truncated === "too_large") return `It is too large to be compared here: ${size}.`;
  if (truncated === "left_out") return "There was no room or time for it beside the others.";
  return status === "renamed" ? "It was moved as it is." : "Nothing in it changes.";
}

function More({ path, file, onMore }: { path: string; file: string; onMore: (file: DiffFile) => void }) {
  const state = useSignal<"ready" | "asked">("ready");
  const problem = useSignal<Problem | null>(null);
  const ask = async () => {
    state.value = "asked";
    problem.value = null;
    try {
      const { files } = await get<Diff>(`${path}?path=${encodeURIComponent(file)}`);
      if (files[0]) onMore(files[0]);
    } catch (error) {
      problem.value = problemOf(error);
    }
    state.value = "ready";
  };
  return (
    <div class="nothing">
      <button type="button" class="button" disabled={state.value === "asked"} onClick={ask}>
        {state.value === "asked" ? "Asking for more …" : "Show more of this file"}
      </button>
      {problem.value && <Wrong problem={problem.value} />}
    </div>
  );
}

/** More lines at once make a browser slow. */
const LINES_SHOWN = 3_000;

function Lines({ file, onPick }: { file: DiffFile; onPick: Props["onPick"] }) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const current = useSignal<number | null>(null);
  const shown = useSignal(LINES_SHOWN);
  const all = linesOf(file.patch ?? "");
  const lines = all.slice(0, shown.value);
  const active = useComputed(() => (current.value === null ? undefined : `${id}-${current.value}`));
  const go = (to: number) => {
    current.value = Math.min(lines.length - 1, Math.max(0, to));
    list.current?.children[current.value]?.scrollIntoView({ block: "nearest" });
  };
  const pick = (at: number) => {
    const place = lines[at] && placeOf(file.path, lines[at]);
    if (place) onPick?.(place);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = current.value;
    const to = { ArrowDown: (at ?? -1) + 1, ArrowUp: (at ?? 1) - 1, Home: 0, End: lines.length - 1 }[event.key];
    if (event.key === "Enter" && at !== null) pick(at);
    else if (to !== undefined) go(to);
    else return;
    event.preventDefault();
  };
  const onClick = ({ target, currentTarget }: MouseEvent) => {
    // Who marks text to copy it picks nothing.
    if (getSelection()?.isCollapsed === false) return;
    const row = target instanceof Element ? target.closest(".line") : null;
    const at = row ? [...(currentTarget as Element).children].indexOf(row) : -1;
    if (at < 0) return;
    current.value = at;
    pick(at);
  };
  const choice = onPick
    ? {
        role: "listbox" as const,
        "aria-label": `Lines of ${file.path}: Enter puts one into the comment`,
        "aria-activedescendant": active.value,
        onKeyDown,
        onClick,
      }
    : { role: "group" as const, "aria-label": `Lines of ${file.path}` };
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys */}
      <div class={`lines${onPick ? " picks" : ""}`} ref={list} tabIndex={0} {...choice}>
        {lines.map((line, at) => (
          <Row
            key={at}
            id={`${id}-${at}`}
            line={line}
            isCurrent={current.value === at}
            role={onPick && (placeOf(file.path, line) === null ? "heading" : "choice")}
          />
        ))}
      </div>
      {all.length > lines.length && (
        <p class="nothing">
          <button
            type="button"
            class="button"
            onClick={() => {
              shown.value += LINES_SHOWN;
            }}
          >
            Show {Math.min(LINES_SHOWN, all.length - lines.length)} more of {all.length - lines.length} lines
          </button>
        </p>
      )}
    </>
  );
}

interface RowProps {
  id: string;
  line: Line;
  isCurrent: boolean;
  /** Left out: nothing is picked here. */
  role: "choice" | "heading" | undefined;
}

function Row({ id, line: { kind, text, before, after }, isCurrent, role }: RowProps) {
  const option = role && { role: "option" as const, "aria-selected": isCurrent, "aria-disabled": role === "heading" };
  return (
    <div id={id} class={`line ${kind}`} {...option}>
      <span class="no">{before}</span>
      <span class="no">{after}</span>
      <span class="sign">
        <span aria-hidden="true">{SIGNS[kind]}</span>
        {(kind === "added" || kind === "removed") && <span class="hidden">{kind}: </span>}
      </span>
      <code>{visible(text)}</code>
    </div>
  );
}
