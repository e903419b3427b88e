/** What a person can do to a bead, as it is now. */
import { useSignal } from "@preact/signals";
import { type Bead, call } from "../api.ts";
import { townPath } from "../route.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { Field, type Fields, Form } from "./form.tsx";
import { type Key, KeyHint } from "./keys.tsx";
import { later } from "./later.tsx";
import { Verb } from "./verb.tsx";

const EditBead = later(async () => (await import("./edit-bead.tsx")).EditBead);

type Why = "hold" | "cancel" | "close" | "reopen";

export function BeadVerbs({ bead }: { bead: Bead }) {
  const asks = useSignal<Why | null>(null);
  const edits = useSignal(false);
  const at = townPath(`/beads/${bead.id}`);
  const { status, hold } = bead;
  const isOver = status === "closed" || status === "cancelled";
  const mayRetry =
    status === "failed" || status === "cancelled" || bead.notBeforeAt !== null || bead.failures + bead.reworks > 0;
  const ask = (why: Why, label: string, key: Key, kind: "plain" | "danger" = "plain") => (
    <Button
      needs={["beads:write"]}
      kind={kind}
      onClick={() => {
        asks.value = why;
      }}
      press={key}
    >
      {label}
      <KeyHint of={key} />
    </Button>
  );
  return (
    <div class="row">
      {mayRetry && status !== "closed" && (
        <Verb
          request={{ method: "POST", path: `${at}/retry`, body: {} }}
          kind={status === "failed" ? "main" : "plain"}
          icon="spin"
          press="t"
        />
      )}
      {hold && <Verb request={{ method: "PATCH", path: at, body: { hold: null } }} kind="main" icon="run" press="h" />}
      {status === "open" && !hold && ask("hold", "Hold", "h")}
      {!isOver && ask("close", "Close as done", "d")}
      {isOver && ask("reopen", "Reopen", "d")}
      <Button
        needs={["beads:write"]}
        onClick={() => {
          edits.value = true;
        }}
        press="e"
      >
        Edit
        <KeyHint of="e" />
      </Button>
      {!isOver && ask("cancel", "Cancel", "x", "danger")}
      {edits.value && (
        <EditBead
          id={bead.id}
          onClose={() => {
            edits.value = false;
          }}
        />
      )}
      {asks.value && (
        <AskWhy
          bead={bead}
          verb={asks.value}
          onClose={() => {
            asks.value = null;
          }}
        />
      )}
    </div>
  );
}

const WORDS: Record<Why, { title: string; about: string; send: string }> = {
  hold: { title: "Hold", about: "It waits until somebody releases it.", send: "Hold" },
  cancel: {
    title: "Cancel",
    about: "What runs for it is stopped. It can be tried again later.",
    send: "Cancel the bead",
  },
  close: { title: "Close", about: "It counts as done, and what waits for it goes on.", send: "Close the bead" },
  reopen: { title: "Reopen", about: "It goes back to the queue with its budgets whole.", send: "Reopen the bead" },
};

function AskWhy({ bead, verb, onClose }: { bead: Bead; verb: Why; onClose: () => void }) {
  const { title, about, send } = WORDS[verb];
  const path = townPath(`/beads/${bead.id}`);
  const submit = async ({ why = "" }: Fields) => {
    await call(
      verb === "hold"
        ? { method: "PATCH", path, body: { hold: { why } } }
        : { method: "POST", path: `${path}/${verb}`, body: { reason: why } },
    );
    onClose();
  };
  return (
    <Dialog title={`${title} ${bead.id}`} onClose={onClose}>
      <Form send={send} kind={verb === "cancel" ? "danger" : "main"} onSend={submit}>
        <p class="soft">{about}</p>
        <Field name="why" label="Why" long required />
      </Form>
    </Dialog>
  );
}
