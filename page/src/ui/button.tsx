/** A button that does something. Where this tab's token may not, it can't be pressed, and says why. */
import type { ComponentChildren } from "preact";
import type { Scope } from "../../../src/lib/scopes.ts";
import { lackOf } from "../scopes.ts";
import { type Key, pressedBy } from "./keys.tsx";

interface Props {
  /** What it takes to do it. */
  needs: readonly Scope[];
  kind?: "plain" | "main" | "danger" | undefined;
  press?: Key | undefined;
  title?: string | undefined;
  name?: string | undefined;
  /** Sent, and not answered yet. */
  isBusy?: boolean;
  state?: string;
  type?: "button" | "submit";
  onClick?: () => void;
  children: ComponentChildren;
}

export function Button({ needs, kind = "plain", press, title, name, isBusy, state, type = "button", ...rest }: Props) {
  const lack = lackOf(needs);
  return (
    <button
      type={type}
      class={`button ${kind}`}
      disabled={isBusy || lack !== null}
      data-state={state}
      title={lack === null ? title : `The token of this tab lacks the scope ${lack}.`}
      aria-label={name}
      onClick={rest.onClick}
      {...(press && pressedBy(press))}
    >
      {rest.children}
      {lack !== null && <span class="hidden">, which takes the scope {lack}</span>}
    </button>
  );
}
