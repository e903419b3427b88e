/** Stops the town and lets it go on: in reach on every page, also with a thumb. */
import { useSignal } from "@preact/signals";
import { call, type Problem, problemOf } from "../api.ts";
import { townPath } from "../route.ts";
import { town } from "../store/state.ts";
import { touched } from "../store/touched.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { Icon } from "./icon.tsx";
import { Wrong } from "./problem.tsx";

export function Pause() {
  const asks = useSignal(false);
  const { value: known } = town;
  if (!known) return null;
  const isPaused = known.paused !== null;
  return (
    <>
      <Button
        needs={["work:control"]}
        onClick={() => {
          asks.value = true;
        }}
      >
        <Icon name={isPaused ? "run" : "pause"} />
        {isPaused ? "Resume" : "Pause"}
      </Button>
      {asks.value && (
        <Ask
          isPaused={isPaused}
          onClose={() => {
            asks.value = false;
          }}
        />
      )}
    </>
  );
}

function Ask({ isPaused, onClose }: { isPaused: boolean; onClose: () => void }) {
  const why = useSignal("");
  const sent = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const send = async (event: Event) => {
    event.preventDefault();
    sent.value = true;
    problem.value = null;
    try {
      const paused = isPaused ? null : { why: why.value.trim() || "paused from the page" };
      await call({ method: "PATCH", path: townPath(), body: { paused } });
      touched();
      onClose();
    } catch (error) {
      problem.value = problemOf(error);
      sent.value = false;
    }
  };
  return (
    <Dialog title={isPaused ? "Resume the town" : "Pause the town"} onClose={onClose}>
      <form onSubmit={send}>
        <p class="soft">
          {isPaused
            ? "What is ready starts again at once."
            : "Nothing new starts. What runs goes on, and lands when the town is resumed."}
        </p>
        {!isPaused && (
          <label class="field">
            <span>Why</span>
            <input
              value={why.value}
              maxLength={1_000}
              placeholder="so that whoever looks next knows"
              onInput={(event) => {
                why.value = event.currentTarget.value;
              }}
            />
          </label>
        )}
        {problem.value && <Wrong problem={problem.value} />}
        <div class="row">
          <button type="submit" class="button main" disabled={sent.value} data-state={sent.value ? "sent" : "ready"}>
            {isPaused ? "Resume" : "Pause"}
            {sent.value && " …"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
