/** What the agent of a run was told to do: asked for when somebody opens it. */
import { useSignal } from "@preact/signals";
import type { AttemptPrompt } from "../api.ts";
import { townPath } from "../route.ts";
import { useAsk } from "./hooks.ts";
import { Wrong } from "./problem.tsx";
import { visible } from "./told.tsx";

export function Prompt({ fence }: { fence: number }) {
  const isOpen = useSignal(false);
  const { value: told, problem } = useAsk<AttemptPrompt>(isOpen.value ? townPath(`/attempts/${fence}/prompt`) : null);
  return (
    <details
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary class="soft small">What run {fence} was told to do</summary>
      {problem && <Wrong problem={problem} />}
      {told && (
        <>
          {told.changedSince.length > 0 && (
            <p class="warn small">Changed since it began, and here as it is now: its {told.changedSince.join(", ")}.</p>
          )}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys */}
          <pre class="printed" tabIndex={0}>
            {visible(told.text)}
          </pre>
          {told.mayGoOn && (
            <p class="soft small">
              Where it went on with an earlier try, its host added at the end what that had left; that is known there
              alone.
            </p>
          )}
        </>
      )}
    </details>
  );
}
