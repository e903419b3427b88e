/** URLs that are told of what happens: where each leads, whether that arrives, and what came of the last of it. Only who may see them does. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Scope } from "../../../src/lib/scopes.ts";
import { get, type Token, type Webhook, type WebhookDelivery, type WebhookWithSecret } from "../api.ts";
import { route, townPath } from "../route.ts";
import { attention } from "../store/state.ts";
import { changes } from "../store/touched.ts";
import { Button } from "./button.tsx";
import { type Asked, useLoad } from "./hooks.ts";
import { type Admin, Lend, useAdmin } from "./lend.tsx";
import { Empty, Wrong } from "./problem.tsx";
import { Secret } from "./secret.tsx";
import { Section } from "./section.tsx";
import { Chip } from "./state.tsx";
import { When } from "./time.tsx";
import { Verb } from "./verb.tsx";
import { Deliveries, pathOf, SHOWN, type Told } from "./webhook-deliveries.tsx";
import { AddWebhook, RemoveWebhook } from "./webhook-dialogs.tsx";

const ADMIN: Scope = "webhooks:admin";

/** While something waits to be delivered it is looked at again: soon at first, then no more often than once a minute. */
const FIRST_LOOK_MS = 1_000;
const LAST_LOOK_MS = 60_000;

/** Why this token sees none, as the end of a sentence. Null: it does. */
function keptFrom({ scopes, towns }: Token): string | null {
  if (!scopes.includes(ADMIN)) return `lacks the scope ${ADMIN}`;
  const town = route.value.town ?? "";
  return towns.includes("*") || towns.includes(town) ? null : `is not for the town ${town}`;
}

export function Webhooks() {
  // As with tokens: nothing which is drawn anew takes it away unseen.
  const secret = useSignal<WebhookWithSecret | null>(null);
  const { admin, why, problem } = useAdmin(keptFrom);
  return (
    <Section title="Webhooks" aside="what else is told of what happens">
      {problem && <Wrong problem={problem} />}
      {admin ? (
        <Managed
          admin={admin}
          tell={(made) => {
            secret.value = made;
          }}
        />
      ) : (
        why && <Kept why={why} />
      )}
      {secret.value && (
        <Secret
          of={secret.value.id}
          secret={secret.value.secret}
          says="It is shown this once. What is delivered is signed with it, as Standard Webhooks has it, so that the receiver knows who sent it."
          onClose={() => {
            secret.value = null;
          }}
        />
      )}
    </Section>
  );
}

const Kept = ({ why }: { why: string }) => (
  <>
    <div class="row">
      <Button needs={[ADMIN]}>Add a webhook</Button>
    </div>
    <details>
      <summary class="soft small">This tab's token {why}</summary>
      <Lend send="List and make webhooks" scope={ADMIN} keptFrom={keptFrom}>
        It {why}: an address may be a secret, so it sees none of them either.
      </Lend>
    </details>
  </>
);

function Managed({ admin, tell }: { admin: Admin; tell: (made: WebhookWithSecret) => void }) {
  const isNew = useSignal(false);
  const { value: all, problem } = useWebhooks(admin);
  return (
    <>
      <div class="row">
        <button
          type="button"
          class="button main"
          onClick={() => {
            isNew.value = true;
          }}
        >
          Add a webhook
        </button>
      </div>
      {problem ? (
        <Wrong problem={problem} />
      ) : !all ? (
        <p class="soft">Looking …</p>
      ) : all.length === 0 ? (
        <Empty>
          Nobody else is told. Add a URL of yours, and it hears when a bead lands or something waits for you.
        </Empty>
      ) : (
        <ul class="list">
          {all.map((webhook) => (
            <One key={webhook.id} webhook={webhook} admin={admin} />
          ))}
        </ul>
      )}
      {isNew.value && (
        <AddWebhook
          admin={admin}
          tell={tell}
          onClose={() => {
            isNew.value = false;
          }}
        />
      )}
    </>
  );
}

/** With what came of the last deliveries. No stream tells of those, so it is asked again while any waits. */
function useWebhooks({ self, as }: Admin): Asked<Told[]> {
  const looks = useSignal(0);
  const mark = [as, looks.value, attention.value?.counts.webhook_disabled].join(" ");
  const asked = useLoad<Told[]>(`${townPath("/webhooks")} ${self.id}`, mark, async (signal) => {
    const { items } = await get<{ items: Webhook[] }>(townPath("/webhooks"), signal, as);
    const last = items.map(({ id }) => `${pathOf(id)}/deliveries?limit=${SHOWN}`);
    const all = await Promise.all(last.map((path) => get<{ items: WebhookDelivery[] }>(path, signal, as)));
    return items.map((webhook, index) => ({ ...webhook, deliveries: all[index]?.items ?? [] }));
  });
  const isWaiting = asked.value?.some(({ enabled, pending }) => enabled && pending > 0) ?? false;
  const { value: own } = changes;
  useEffect(() => {
    if (!isWaiting) return undefined;
    let timer: ReturnType<typeof setTimeout>;
    const lookIn = (ms: number): void => {
      timer = setTimeout(() => {
        looks.value++;
        lookIn(Math.min(2 * ms, LAST_LOOK_MS));
      }, ms);
    };
    lookIn(FIRST_LOOK_MS);
    return () => clearTimeout(timer);
  }, [isWaiting, own]);
  return asked;
}

function stateOf({ enabled, disabled, failures }: Webhook) {
  if (disabled) return ["alert", "bad", "given up"] as const;
  if (!enabled) return ["pause", "quiet", "disabled"] as const;
  return failures > 0 ? (["spin", "warn", "failing"] as const) : (["check", "ok", "enabled"] as const);
}

function One({ webhook, admin }: { webhook: Told; admin: Admin }) {
  const isRemoved = useSignal(false);
  const { id, url, events, enabled, disabled, failures, failingSince, pending, deliveries, createdAt } = webhook;
  const { as } = admin;
  const path = pathOf(id);
  const [icon, tone, word] = stateOf(webhook);
  return (
    <li class="item">
      <div class="row apart">
        <span class="row">
          <span class="strong">{id}</span>
          <Chip icon={icon} tone={tone}>
            {word}
          </Chip>
          {pending > 0 && (
            <span class="soft small">
              {pending} {pending === 1 ? "delivery waits" : "deliveries wait"}
            </span>
          )}
        </span>
        <span class="soft small">
          made <When at={createdAt} />
        </span>
      </div>
      <p class="id">{url}</p>
      <p class="soft small">{events.join(", ")}</p>
      {disabled && (
        <p>
          The town gave it up <When at={disabled.at} />: {disabled.message}
        </p>
      )}
      {enabled && failures > 0 && (
        <p>
          {failures} {failures === 1 ? "try has" : "tries in a row have"} failed, the first <When at={failingSince} />.
        </p>
      )}
      <Deliveries webhook={webhook} as={as} />
      <div class="row">
        {enabled && (
          <Verb
            // Pressed again, it is another test.
            key={`test ${deliveries[0]?.id}`}
            request={{ method: "POST", path: `${path}/test` }}
            label="Test"
            name={`Test ${id}`}
            as={as}
          />
        )}
        <Verb
          key={`enabled ${enabled}`}
          request={{ method: "PATCH", path, body: { enabled: !enabled } }}
          label={enabled ? "Disable" : "Enable"}
          name={`${enabled ? "Disable" : "Enable"} ${id}`}
          kind={enabled ? "plain" : "main"}
          as={as}
        />
        <button
          type="button"
          class="button danger"
          aria-label={`Remove ${id}`}
          onClick={() => {
            isRemoved.value = true;
          }}
        >
          Remove
        </button>
      </div>
      {isRemoved.value && (
        <RemoveWebhook
          webhook={webhook}
          admin={admin}
          onClose={() => {
            isRemoved.value = false;
          }}
        />
      )}
    </li>
  );
}
