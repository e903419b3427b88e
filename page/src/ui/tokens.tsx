/** What lets people and programs in: listed, made, given another secret, revoked. What the viewer's token may not do is not offered. */
import { useSignal } from "@preact/signals";
import type { Scope } from "../../../src/lib/scopes.ts";
import { list, type NewToken, type Token } from "../api.ts";
import { command } from "../terminal.ts";
import { Command } from "./copy.tsx";
import { useLoad } from "./hooks.ts";
import { Lend, useAdmin } from "./lend.tsx";
import { Empty, Wrong } from "./problem.tsx";
import { Secret } from "./secret.tsx";
import { Section } from "./section.tsx";
import { Chip } from "./state.tsx";
import { When } from "./time.tsx";
import { CreateToken, RevokeToken, RotateToken, type TokenAdmin } from "./token-dialogs.tsx";

const ADMIN: Scope = "tokens:admin";
/** A sign-in by a link makes one, and it is listed for a month: so there are many. */
const MOST = 1_000;

/** Why this token administers none, as the end of a sentence. Null: it does. */
function keptFrom({ scopes, towns }: Token): string | null {
  if (!scopes.includes(ADMIN)) return `lacks the scope ${ADMIN}`;
  return towns.includes("*") ? null : `is for ${towns.join(", ")} alone, and it takes one for all towns`;
}

export function Tokens() {
  // Here and not beside what made it, so that nothing which is drawn anew takes it away unseen.
  const secret = useSignal<NewToken | null>(null);
  const { own, admin, why, problem } = useAdmin(keptFrom);
  const tell = (made: NewToken) => {
    secret.value = made;
  };
  return (
    <Section title="Tokens" aside="what lets people and programs in">
      {own.value && <Own token={own.value} />}
      {problem && <Wrong problem={problem} />}
      {admin ? (
        <Managed admin={{ ...admin, own: own.value?.id ?? null, tell }} />
      ) : (
        why && (
          <Lend send="List and make tokens" scope={ADMIN} keptFrom={keptFrom}>
            It {why}, so it lists, makes and revokes none.
          </Lend>
        )
      )}
      {secret.value && (
        <Secret
          of={secret.value.name}
          secret={secret.value.token}
          says="It is shown this once: the server keeps a hash of it, and this page nothing."
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

function Managed({ admin }: { admin: TokenAdmin }) {
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

function All({ tokens, admin }: { tokens: readonly Token[]; admin: TokenAdmin }) {
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
          There may be older ones: <Command text={command("token list --all")} />
        </p>
      )}
      {over.length > 0 && (
        <details>
          <summary class="soft small">
            {over.length} {over.length === 1 ? "is" : "are"} over, and kept for a month
          </summary>
          <Rows tokens={over} admin={admin} />
        </details>
      )}
    </>
  );
}

const Rows = ({ tokens, admin }: { tokens: readonly Token[]; admin: TokenAdmin }) => (
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

function One({ token, admin }: { token: Token; admin: TokenAdmin }) {
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
