/** Stops the town and lets it go on: in reach on every page, also with a thumb. */
import { useSignal } from "@preact/signals";
import { call } from "../api.ts";
import { townPath } from "../route.ts";
import { town } from "../store/state.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { Field, type Fields, Form } from "./form.tsx";
import { Icon } from "./icon.tsx";
import { Verb } from "./verb.tsx";

export function Pause() {
  const asks = useSignal(false);
  const { value: known } = town;
  if (!known) return null;
  if (known.paused)
    return (
      <Verb
        request={{ method: "PATCH", path: townPath(), body: { paused: null } }}
        icon="run"
        key={known.paused.since}
      />
    );
  return (
    <>
      <Button
        needs={["work:control"]}
        onClick={() => {
          asks.value = true;
        }}
      >
        <Icon name="pause" />
        Pause
      </Button>
      {asks.value && (
        <Ask
          onClose={() => {
            asks.value = false;
          }}
        />
      )}
    </>
  );
}

function Ask({ onClose }: { onClose: () => void }) {
  const send = async ({ why }: Fields) => {
    const paused = { why: why || "paused from the page" };
    await call({ method: "PATCH", path: townPath(), body: { paused } });
    onClose();
  };
  return (
    <Dialog title="Pause the town" onClose={onClose}>
      <Form send="Pause" onSend={send}>
        <p class="soft">Nothing new starts. What runs goes on, and lands when the town is resumed.</p>
        <Field name="why" label="Why" placeholder="so that whoever looks next knows" />
      </Form>
    </Dialog>
  );
}
