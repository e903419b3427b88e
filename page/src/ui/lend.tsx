/** What takes more than this tab may: done with another token, which is given for just that and put away again soon. */
import type { ComponentChildren } from "preact";
import type { Scope } from "../../../src/lib/scopes.ts";
import { get, Problem, type Token } from "../api.ts";
import { isSettled, isToken, lend, lent, NO_TOKEN } from "../session.ts";
import { stateFolder } from "../terminal.ts";
import { Command } from "./copy.tsx";
import { Field, Form } from "./form.tsx";
import { type Asked, useAsk, useLoad } from "./hooks.ts";

const SELF = "/v1/tokens/self";

/** Who asks. */
export interface Admin {
  self: Token;
  /** Undefined: this tab's own token. */
  as: string | undefined;
}

/** Why a token may not, as the end of a sentence. Null: it may. */
type KeptFrom = (token: Token) => string | null;

interface Admins {
  own: Asked<Token>;
  /** Null: neither this tab's token nor one that was given may, or it is not known yet. */
  admin: Admin | null;
  /** Why this tab's own may not; null: it may, or it is not known yet. */
  why: string | null;
  problem: Problem | null;
}

export function useAdmin(keptFrom: KeptFrom): Admins {
  const { value: as } = lent;
  const own = useAsk<Token>(isSettled.value ? SELF : null);
  const given = useLoad<Token>(as, null, (signal) => get<Token>(SELF, signal, as ?? undefined));
  const why = own.value && keptFrom(own.value);
  const adminOf = (): Admin | null => {
    if (own.value && why === null) return { self: own.value, as: undefined };
    return as !== null && given.value && keptFrom(given.value) === null ? { self: given.value, as } : null;
  };
  return { own, admin: adminOf(), why, problem: own.problem ?? given.problem };
}

interface Props {
  /** What it is given for, on its button. */
  send: string;
  scope: Scope;
  keptFrom: KeptFrom;
  children: ComponentChildren;
}

/** A page is signed in with less than it takes, so that it is asked for when it is needed, and gone again soon. */
export const Lend = ({ send, scope, keptFrom, children }: Props) => (
  <Form
    send={send}
    onSend={async ({ token = "" }) => {
      if (!isToken(token)) throw new Problem({ code: "no_token", detail: NO_TOKEN });
      const self = await get<Token>(SELF, undefined, token);
      const still = keptFrom(self);
      if (still) throw new Problem({ code: "scope_missing", detail: `The token ${self.name} ${still}.` });
      lend(token);
    }}
  >
    <p class="soft">
      {children} Give one that may: it stays in this tab's memory, for a quarter of an hour at most.
      {stateFolder !== null && " The one of this server lies in a file:"}
    </p>
    {stateFolder !== null && <Command text={`cat ${stateFolder}/token`} />}
    <Field name="token" label={`Token with ${scope}`} secret required />
  </Form>
);

/** Which one was given, for as long as it is there. */
export function Lent() {
  const { value: as } = lent;
  const { value: given } = useLoad<Token>(as, null, (signal) => get<Token>(SELF, signal, as ?? undefined));
  if (as === null || given === null) return null;
  return (
    <div class="row">
      <span class="soft small">What this tab's token may not do below is done by {given.name}.</span>
      <button type="button" class="button" onClick={() => lend(null)}>
        Put {given.name} away
      </button>
    </div>
  );
}
