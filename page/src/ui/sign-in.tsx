/** Asks for a token, once: this tab keeps it until it is closed. */
import { useSignal } from "@preact/signals";
import { pathTo } from "../route.ts";
import { isToken, keepToken, NO_TOKEN, signedOutFor } from "../session.ts";
import { command, stateFolder } from "../terminal.ts";
import { Command } from "./copy.tsx";
import { useAsk } from "./hooks.ts";
import { Wrong } from "./problem.tsx";
import { When } from "./time.tsx";

export function SignIn() {
  const given = useSignal("");
  const send = (event: Event) => {
    event.preventDefault();
    const text = given.value.trim();
    if (isToken(text)) void keepToken(text);
    else signedOutFor.value = NO_TOKEN;
  };
  return (
    <main class="sign-in">
      <h1>Townkeeper</h1>
      {signedOutFor.value && <p class="bad">{signedOutFor.value}</p>}
      <p class="soft">At a terminal, this opens the page signed in:</p>
      <Command text={command("open")} />
      {stateFolder === null ? (
        <p class="soft">Otherwise it needs a token, which whoever keeps this server makes for you.</p>
      ) : (
        <>
          <p class="soft">Otherwise it needs a token. Yours lies in a file:</p>
          <Command text={`cat ${stateFolder}/user-token`} />
        </>
      )}
      <form onSubmit={send}>
        <label class="field">
          <span>Token</span>
          <input
            type="password"
            autocomplete="off"
            spellcheck={false}
            value={given.value}
            onInput={(event) => {
              given.value = event.currentTarget.value;
            }}
          />
        </label>
        <div class="row">
          <button type="submit" class="button main">
            Sign in
          </button>
        </div>
      </form>
      <p class="soft small">It stays in this tab until that is closed, and is sent to this server alone.</p>
    </main>
  );
}

type Towns = { items: { name: string; createdAt: string | null }[] };

export function ChooseTown({ onChoose }: { onChoose: (name: string) => void }) {
  const name = useSignal("");
  const { value: towns, problem } = useAsk<Towns>("/v1/towns");
  return (
    <main class="sign-in">
      <h1>Which town?</h1>
      {problem && <Wrong problem={problem} />}
      {towns && towns.items.length > 0 && (
        <ul class="list">
          {towns.items.map((town) => (
            <li key={town.name} class="row apart">
              <a href={pathTo("now", undefined, town.name)}>{town.name}</a>
              <span class="soft small">
                made <When at={town.createdAt} none="before there was a list" />
              </span>
            </li>
          ))}
        </ul>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.value.trim() !== "") onChoose(name.value.trim());
        }}
      >
        <label class="field">
          <span>Name</span>
          <input
            value={name.value}
            placeholder="home"
            autocomplete="off"
            onInput={(event) => {
              name.value = event.currentTarget.value;
            }}
          />
        </label>
        <div class="row">
          <button type="submit" class="button main">
            Look at it
          </button>
        </div>
      </form>
      <p class="soft">There is none yet? At a terminal:</p>
      <Command text={command("init")} />
    </main>
  );
}
