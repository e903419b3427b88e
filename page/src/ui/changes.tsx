/** What a bead's commits change. How that is shown is loaded with the first of them. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Attempt, Bead } from "../api.ts";
import { Problem } from "../api.ts";
import { lackOf } from "../scopes.ts";
import { Wrong } from "./problem.tsx";
import { Section } from "./section.tsx";

type View = typeof import("./diff.tsx").DiffView;

const view = signal<View | null>(null);
const problem = signal<Problem | null>(null);

async function load(): Promise<void> {
  try {
    const loaded = await import("./diff.tsx");
    problem.value = null;
    view.value = loaded.DiffView;
  } catch {
    problem.value = new Problem({
      code: "page_part_missing",
      detail: "The part of the page that shows changes could not be loaded.",
      hint: "Load the page again: a newer release of it may be there.",
    });
  }
}

interface Props {
  bead: Bead;
  attempts: readonly Attempt[];
  /** Takes a line for the comment with which it is returned, as `path:line`. Left out: nobody comments. */
  onPick?: ((place: string) => void) | undefined;
}

/** Whether rows tell that there is something to ask a host for. */
const hasCommits = ({ head }: Bead, attempts: readonly Attempt[]): boolean =>
  head !== null || attempts.some((attempt) => attempt.head !== null);

export function Changes({ bead, attempts, onPick }: Props) {
  const isAsked = hasCommits(bead, attempts) && lackOf(["logs:read"]) === null;
  useEffect(() => {
    if (isAsked && view.peek() === null) void load();
  }, [isAsked, bead.id]);
  const View = view.value;
  return (
    <Section title="What it changes">
      {!hasCommits(bead, attempts) ? (
        <p class="soft">No try of it has brought commits.</p>
      ) : !isAsked ? (
        <p class="soft">The token of this tab lacks the scope logs:read, which shows what agents wrote.</p>
      ) : View ? (
        <View key={bead.id} bead={bead} onPick={onPick} />
      ) : problem.value ? (
        <Wrong problem={problem.value} />
      ) : (
        <p class="soft">Looking at its commits …</p>
      )}
    </Section>
  );
}
