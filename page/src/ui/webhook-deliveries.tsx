/** What a webhook was told last, and what came of it. */
import type { Webhook, WebhookDelivery } from "../api.ts";
import { townPath } from "../route.ts";
import styles from "../style/webhooks.css?inline";
import { command } from "../terminal.ts";
import { Command } from "./copy.tsx";
import { adopt } from "./sheet.ts";
import { Chip } from "./state.tsx";
import { When } from "./time.tsx";
import { Verb } from "./verb.tsx";

adopt(styles);

/** So many of each are shown; a command has all. */
export const SHOWN = 5;

export type Told = Webhook & { deliveries: WebhookDelivery[] };

export const pathOf = (id: string): string => townPath(`/webhooks/${id}`);

const STATES = {
  pending: ["clock", "busy", "waits"],
  delivered: ["check", "ok", "delivered"],
  failed: ["cross", "bad", "failed"],
} as const;

export function Deliveries({ webhook: { id, deliveries, enabled }, as }: { webhook: Told; as: string | undefined }) {
  if (deliveries.length === 0) return <p class="soft small">It was told of nothing yet.</p>;
  return (
    <>
      <ul class="deliveries" aria-label={`Told to ${id}, the newest first`}>
        {deliveries.map((delivery) => (
          <Delivery key={delivery.id} delivery={delivery} path={enabled ? pathOf(id) : null} as={as} />
        ))}
      </ul>
      {deliveries.length === SHOWN && (
        <p class="soft small">
          There may be older ones: <Command text={command(`webhook deliveries ${id}`)} />
        </p>
      )}
    </>
  );
}

/** @param path of its webhook; null: nothing is sent to that */
function Delivery({
  delivery: { id, type, state, tries, last, nextAt, createdAt },
  path,
  as,
}: {
  delivery: WebhookDelivery;
  path: string | null;
  as: string | undefined;
}) {
  const [icon, tone, word] = STATES[state];
  return (
    <li class="row apart">
      <span class="row small">
        <Chip icon={icon} tone={tone}>
          {word}
        </Chip>
        <code>{type}</code>
        <span class="soft">
          {last ? last.text : "not sent yet"}
          {tries > 1 && `, ${tries} tries`}
          {path !== null && last && nextAt && (
            <>
              , again <When at={nextAt} isAhead />
            </>
          )}
        </span>
      </span>
      <span class="row small">
        <span class="soft">
          <When at={createdAt} />
        </span>
        {state === "failed" && path !== null && (
          <Verb
            request={{ method: "POST", path: `${path}/deliveries/${id}/redeliver` }}
            label="Send again"
            name={`Send again: ${type} ${id}`}
            as={as}
          />
        )}
      </span>
    </li>
  );
}
