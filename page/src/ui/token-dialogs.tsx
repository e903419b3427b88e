/** Makes a token, gives one another secret, revokes one. */
import { useSignal } from "@preact/signals";
import { PRESETS, SCOPES, type Scope } from "../../../src/lib/scopes.ts";
import { call, type NewToken, type Token } from "../api.ts";
import { route } from "../route.ts";
import { Dialog } from "./dialog.tsx";
import { Field, type Fields, Form, listIn } from "./form.tsx";
import type { Admin } from "./lend.tsx";

/** Who lists and makes them. */
export interface TokenAdmin extends Admin {
  /** The id of this tab's own. */
  own: string | null;
  /** Shows a secret, once. */
  tell: (made: NewToken) => void;
}

const DAYS = 90;
const OVERLAP_MINUTES = 60;

type Preset = keyof typeof PRESETS;
const PRESET_WORDS: Record<Preset, string> = {
  viewer: "viewer: looks at everything",
  submitter: "submitter: and creates work",
  operator: "operator: and runs the town",
  admin: "admin: everything",
};
const SCOPE_WORDS: Record<Scope, string> = {
  "beads:read": "see beads, agents, rigs, hosts",
  "beads:write": "create and change work",
  "work:control": "pause, stop, retry, settings",
  "logs:read": "see what runs printed and changed",
  "metrics:read": "see health and ticks",
  "agents:write": "add and change agents",
  "rigs:write": "add and change rigs",
  "hosts:admin": "let machines join",
  "webhooks:admin": "see, add and change webhooks, which send what happens elsewhere",
  "tokens:admin": "make and revoke tokens",
  "towns:create": "make towns",
  "towns:delete": "remove towns",
};
/** They choose commands that run on hosts. */
const REACHES_HOSTS: readonly Scope[] = ["agents:write", "rigs:write"];

const SCOPE_FIELD = "scope ";

export function CreateToken({ admin: { self, as, tell }, onClose }: { admin: TokenAdmin; onClose: () => void }) {
  const has = (scope: Scope) => self.scopes.includes(scope);
  const presets = (Object.keys(PRESETS) as Preset[]).filter((name) => PRESETS[name].every(has));
  const may = useSignal<Preset | "scopes">(presets[0] ?? "scopes");
  const send = async ({ name, towns, expiresInDays, ...fields }: Fields) => {
    const named = listIn(towns);
    const body = {
      name,
      ...(may.value === "scopes" ? { scopes: scopesIn(fields) } : { preset: may.value }),
      towns: named.length > 0 ? named : ["*"],
      expiresInDays: Number(expiresInDays),
    };
    tell(await call<NewToken>({ method: "POST", path: "/v1/tokens", body }, undefined, as));
    onClose();
  };
  return (
    <Dialog title="Make a token" onClose={onClose}>
      <Form send="Make it" onSend={send}>
        <Field name="name" label="Whose it is" required placeholder="ci" />
        <label class="field">
          <span>What it may do</span>
          <select
            value={may.value}
            onChange={(event) => {
              may.value = event.currentTarget.value as Preset;
            }}
          >
            {presets.map((name) => (
              <option key={name} value={name}>
                {PRESET_WORDS[name]}
              </option>
            ))}
            <option value="scopes">just these …</option>
          </select>
        </label>
        {may.value === "scopes" ? (
          <Scopes of={SCOPES.filter(has)} />
        ) : (
          PRESETS[may.value].some((scope) => REACHES_HOSTS.includes(scope)) && (
            <p class="warn small">It chooses commands that run on hosts, with the credentials that lie there.</p>
          )
        )}
        <div class="pair">
          <Field name="towns" label="Towns" hint="all, if left empty" value={route.value.town ?? ""} />
          <Field name="expiresInDays" label="Ends after" hint="days, 366 at most" value={DAYS} numeric whole required />
        </div>
      </Form>
    </Dialog>
  );
}

const scopesIn = (fields: Fields): string[] =>
  Object.keys(fields).flatMap((name) => (name.startsWith(SCOPE_FIELD) ? name.slice(SCOPE_FIELD.length) : []));

const Scopes = ({ of }: { of: readonly Scope[] }) => (
  <fieldset class="choices">
    <legend class="hidden">Scopes</legend>
    {of.map((scope) => (
      <label key={scope} class="row">
        <input type="checkbox" name={`${SCOPE_FIELD}${scope}`} />
        <code>{scope}</code>
        <span class={REACHES_HOSTS.includes(scope) ? "warn" : "soft"}>
          {SCOPE_WORDS[scope]}
          {REACHES_HOSTS.includes(scope) && ": it chooses commands that run on hosts"}
        </span>
      </label>
    ))}
  </fieldset>
);

interface Props {
  token: Token;
  admin: TokenAdmin;
  onClose: () => void;
}

export function RotateToken({ token, admin: { as, tell }, onClose }: Props) {
  const send = async ({ overlapMinutes, expiresInDays }: Fields) => {
    const path = `/v1/tokens/${token.id}/rotate`;
    const body = { overlapMinutes: Number(overlapMinutes), expiresInDays: Number(expiresInDays) };
    tell(await call<NewToken>({ method: "POST", path, body }, undefined, as));
    onClose();
  };
  return (
    <Dialog title={`Rotate ${token.name}`} onClose={onClose}>
      <Form send="Give it another secret" onSend={send}>
        <p class="soft">Who uses it needs the new secret before the one of now is taken no more.</p>
        <div class="pair">
          <Field
            name="overlapMinutes"
            label="The old one is good for"
            hint="minutes more"
            value={OVERLAP_MINUTES}
            numeric
            required
          />
          <Field name="expiresInDays" label="The new one ends after" hint="days" value={DAYS} numeric whole required />
        </div>
      </Form>
    </Dialog>
  );
}

export function RevokeToken({ token, admin: { self, as, own }, onClose }: Props) {
  const send = async () => {
    await call({ method: "DELETE", path: `/v1/tokens/${token.id}` }, undefined, as);
    onClose();
  };
  return (
    <Dialog title={`Revoke ${token.name}`} onClose={onClose}>
      <Form send={`Revoke ${token.name}`} kind="danger" onSend={send}>
        <p>
          It is worth nothing within ten seconds, its sessions end within a quarter of an hour, and that can't be taken
          back.
        </p>
        {token.id === self.id && <p class="warn">It is the one that you ask with.</p>}
        {token.id === own && <p class="warn">It is this tab's: you are signed out by it.</p>}
      </Form>
    </Dialog>
  );
}
