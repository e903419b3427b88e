/** Adds a webhook, and removes one. */
import { WEBHOOK_EVENTS } from "../../../src/lib/webhook-events.ts";
import { call, Problem, type Webhook, type WebhookWithSecret } from "../api.ts";
import { townPath } from "../route.ts";
import { Dialog } from "./dialog.tsx";
import { Field, type Fields, Form } from "./form.tsx";
import type { Admin } from "./lend.tsx";

interface Adding {
  admin: Admin;
  /** Shows its secret, once. */
  tell: (made: WebhookWithSecret) => void;
  onClose: () => void;
}

const EVENT_FIELD = "event ";

const EVENT_WORDS: Record<(typeof WEBHOOK_EVENTS)[number], string> = {
  "bead.landed": "a bead's work has landed",
  "bead.parked": "a bead waits for a person",
  "convoy.closed": "the last bead of a convoy is over",
  "attention.opened": "something begins to wait for a person",
  "attention.closed": "it waits no more",
  "incident.opened": "the loop is not well",
  "incident.closed": "it is well again",
};

export function AddWebhook({ admin: { as }, tell, onClose }: Adding) {
  const send = async ({ id, url, ...fields }: Fields) => {
    const events = WEBHOOK_EVENTS.filter((event) => `${EVENT_FIELD}${event}` in fields);
    if (events.length === 0)
      throw new Problem({ code: "no_events", detail: "Nothing is picked of which it would be told." });
    const body = { id, url, events };
    tell(await call<WebhookWithSecret>({ method: "POST", path: townPath("/webhooks"), body }, undefined, as));
    onClose();
  };
  return (
    <Dialog title="Add a webhook" onClose={onClose}>
      <Form send="Add it" onSend={send}>
        <Field name="id" label="Its name" hint="short, as in commands" required placeholder="chat" />
        <Field name="url" label="URL" hint="https, of the public internet" required placeholder="https://" />
        <fieldset class="choices">
          <legend>What it is told of</legend>
          {WEBHOOK_EVENTS.map((event) => (
            <label key={event} class="row">
              <input type="checkbox" name={`${EVENT_FIELD}${event}`} defaultChecked />
              <code>{event}</code>
              <span class="soft">{EVENT_WORDS[event]}</span>
            </label>
          ))}
        </fieldset>
      </Form>
    </Dialog>
  );
}

interface Removing {
  webhook: Webhook;
  admin: Admin;
  onClose: () => void;
}

export function RemoveWebhook({ webhook: { id, pending }, admin: { as }, onClose }: Removing) {
  const send = async () => {
    await call({ method: "DELETE", path: townPath(`/webhooks/${id}`) }, undefined, as);
    onClose();
  };
  return (
    <Dialog title={`Remove ${id}`} onClose={onClose}>
      <Form send={`Remove ${id}`} kind="danger" onSend={send}>
        <p>
          It is told of nothing any more. Its secret, its deliveries
          {pending > 0 && ` and the ${pending} that wait`} are gone, and that can't be taken back.
        </p>
      </Form>
    </Dialog>
  );
}
