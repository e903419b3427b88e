/** What a bead's commits change. How that is shown is loaded with the first of them. */
import type { Attempt, Bead } from "../api.ts";
import { lackOf } from "../scopes.ts";
import { later } from "./later.tsx";
import { Section } from "./section.tsx";

const View = later(async () => (await import("./diff.tsx")).DiffView);

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
  return (
    <Section title="What it changes">
      {!hasCommits(bead, attempts) ? (
        <p class="soft">No try of it has brought commits.</p>
      ) : isAsked ? (
        <View key={bead.id} bead={bead} onPick={onPick} />
      ) : (
        <p class="soft">The token of this tab lacks the scope logs:read, which shows what agents wrote.</p>
      )}
    </Section>
  );
}
