/** What lets people and programs in: listed, made, given another secret, revoked. What the viewer's token may not do is not offered. */
import { useSignal } from "@preact/signals";
import type { Scope } from "../../../src/lib/scopes.ts";
import { get, list, type NewToken, Problem, type Token } from "../api.ts";
import { isSettled, isToken, lend, lent, NO_TOKEN } from "../session.ts";
import { Command } from "./copy.tsx";
import { Field, Form } from "./form.tsx";
import { useAsk, useLoad } from "./hooks.ts";
import { Empty, Wrong } from "./problem.tsx";
import { Section } from "./section.tsx";
import { Chip } from "./state.tsx";
import { When } from "./time.tsx";
import { type Admin, CreateToken, RevokeToken, RotateToken, Secret } from "./token-dialogs.tsx";

const SELF = "/v1/tokens/self";
const ADMIN: Scope = "tokens:admin";
/** A sign-in by a link makes one, and it is listed for a month: so there are many. */
const MOST = 1_000;

/** Why this token administers none, as the end of a sentence. Null: it does. */
function keptFrom({ scopes, towns }: Token): string | null {
  if (!scopes.includes(ADMIN)) return `lacks the scope ${ADMIN}`;
  return towns.includes("*") ? null : `is for ${towns.join(", ")} alone, and it takes one for all towns`;
}

export function Tokens() {
  const { value: as } = lent;
  // Here and not beside what made it, so that nothing which is drawn anew takes it away unseen.
  const secret = useSignal<NewToken | null>(null);
  const own = useAsk<Token>(isSettled.value ? SELF : null);
  const given = useLoad<Token>(as, null, (signal) => get<Token>(SELF, signal, as ?? undefined));
  const self = as === null ? own : given;
  const why = own.value && keptFrom(own.value);
  const tell = (made: NewToken) => {
    secret.value = made;
  };
  return (
    <Section title="Tokens" aside="what lets people and programs in">
      {own.value && <Own token={own.value} />}
      {self.problem && <Wrong problem={self.problem} />}
      {as === null && why && <Lend why={why} />}
      {as !== null && (
        <div class="row">
          <button type="button" class="button" onClick={() => lend(null)}>
            Put {self.value?.name ?? "that token"} away
          </button>
        </div>
      )}
      {self.value && (as !== null || why === null) && (
        <Managed admin={{ self: self.value, as: as ?? undefined, own: own.value?.id ?? null, tell }} />
      )}
      {secret.value && (
        <Secret
          token={secret.value}
          onClose={() => {
            secret.value = null;
          }}
        />
      )}
    </Section>
  );
}

const mayOf = ({ preset, scopes }: Token): string => preset ?? scopes.join(", ");
const townsOf = ({ towns }: Token): string => (towns.includes("*") ? "all towns" : towns.join(", "));

const Own = ({ token }: { token: Token }) => (
  <p>
    This tab is signed in as <span class="strong">{token.name}</span> ({mayOf(token)}, {townsOf(token)}), which ends{" "}
    <When at={token.expiresAt} none="never" />.
  </p>
);

/** A page is signed in with less than it takes, so that it is asked for when it is needed, and gone again soon. */
function Lend({ why }: { why: string }) {
  return (
    <Form
      send="List and make tokens"
      onSend={async ({ token = "" }) => {
        if (!isToken(token)) throw new Problem({ code: "no_token", detail: NO_TOKEN });
        const self = await get<Token>(SELF, undefined, token);
        const still = keptFrom(self);
        if (still) throw new Problem({ code: "scope_missing", detail: `The token ${self.name} ${still}.` });
        lend(token);
      }}
    >
      <p class="soft">
        It {why}, so it lists, makes and revokes none. Give one that may: it stays in this tab's memory, for a quarter
        of an hour at most. Of <code>npm start</code> it lies in a file:
      </p>
      <Command text="cat .townkeeper/token" />
      <Field name="token" label={`Token with ${ADMIN}`} secret required />
    </Form>
  );
}

function Managed({ admin }: { admin: Admin }) {
  const isNew = useSignal(false);
  const { self, as } = admin;
  const { value: all, problem } = useLoad<Token[]>(self.id, as, (signal) => list("/v1/tokens", MOST, signal, as));
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
          Make a token
        </button>
      </div>
      {problem ? <Wrong problem={problem} /> : all ? <All tokens={all} admin={admin} /> : <p class="soft">Looking …</p>}
      {isNew.value && (
        <CreateToken
          admin={admin}
          onClose={() => {
            isNew.value = false;
          }}
        />
      )}
    </>
  );
}

function All({ tokens, admin }: { tokens: readonly Token[]; admin: Admin }) {
  const good = tokens.filter(({ state }) => state === "good");
  const over = tokens.filter(({ state }) => state !== "good");
  return (
    <>
      {good.length === 0 ? (
        <Empty>There is none that is good. Make one for each person and program, with no more than it needs.</Empty>
      ) : (
        <Rows tokens={good} admin={admin} />
      )}
      {tokens.length === MOST && (
        <p class="soft">
          There may be older ones: <Command text="npm run town -- token list --all" />
        </p>
      )}
      {over.length > 0 && (
        <details>
          <summary class="soft small">{over.length} that are over, kept for a month</summary>
          <Rows tokens={over} admin={admin} />
        </details>
      )}
    </>
  );
}

const Rows = ({ tokens, admin }: { tokens: readonly Token[]; admin: Admin }) => (
  <ul class="list">
    {tokens.map((token) => (
      <One key={token.id} token={token} admin={admin} />
    ))}
  </ul>
);

const STATES = {
  good: ["check", "ok"],
  expired: ["clock", "quiet"],
  revoked: ["cross", "quiet"],
} as const;

function One({ token, admin }: { token: Token; admin: Admin }) {
  const asks = useSignal<"none" | "rotate" | "revoke">("none");
  const close = () => {
    asks.value = "none";
  };
  const [icon, tone] = STATES[token.state];
  const isOwn = token.id === admin.own;
  const lacking = token.scopes.filter((scope) => !admin.self.scopes.includes(scope));
  const ask = (what: "rotate" | "revoke", words: string, kind = "") => (
    <button
      type="button"
      class={`button ${kind}`}
      aria-label={`${words} ${token.name}`}
      onClick={() => {
        asks.value = what;
      }}
    >
      {words}
    </button>
  );
  return (
    <li class="item">
      <div class="row apart">
        <span class="row">
          <span class="strong">{token.name}</span>
          <Chip icon={icon} tone={tone}>
            {token.state}
          </Chip>
          <span class="id soft">{token.id}</span>
          {isOwn && <span class="soft">this tab's</span>}
        </span>
        <span class="soft small">
          {token.state === "revoked" ? (
            <>
              revoked <When at={token.revokedAt} />
            </>
          ) : (
            <>
              {token.state === "expired" ? "ended" : "ends"} <When at={token.expiresAt} />, last used{" "}
              <When at={token.lastUsedAt} />
            </>
          )}
        </span>
      </div>
      <p class="small">
        {mayOf(token)}, {townsOf(token)}
        <span class="soft">
          ; made <When at={token.createdAt} />
          {token.createdBy && ` by ${token.createdBy.name}`}
        </span>
      </p>
      {token.state !== "revoked" && (
        <div class="row">
          {/* The one that this tab has would go unseen: signing in anew gives it another. */}
          {lacking.length > 0 ? (
            <span class="soft small">
              Rotating it takes what {admin.self.name} lacks: {lacking.join(", ")}.
            </span>
          ) : (
            !isOwn && ask("rotate", "Rotate")
          )}
          {token.state === "good" && ask("revoke", "Revoke", "danger")}
        </div>
      )}
      {asks.value === "rotate" && <RotateToken token={token} admin={admin} onClose={close} />}
      {asks.value === "revoke" && <RevokeToken token={token} admin={admin} onClose={close} />}
    </li>
  );
}
