import { inTerminalWords } from "../../lib/terminal.ts";

/** What a person can do about a gate that is shut. */
export interface WayOut {
  what: string;
  /** The one request that opens the gate; null: time does, or the work of others. */
  request: string | null;
  /** The words of `npm run town` that do the same; null: there are none. */
  command: string | null;
}

interface Named {
  readonly town: { readonly name: string };
}

export const wait = (what: string): WayOut => ({ what, request: null, command: null });

/** @param request its verb, its path within the town, and perhaps its body: `PATCH /rigs/lib {"paused":null}` */
export function ask({ town }: Named, what: string, request: string): WayOut {
  const full = request.replace(" ", ` /v1/towns/${town.name}`);
  const command = inTerminalWords(full, (words) => `npm run town -- ${words}`);
  return { what, request: full, command: command === full ? null : command };
}

/** A setting of the town is what shuts it. */
export const raise = (facts: Named, setting: string): WayOut =>
  ask(facts, `Raise ${setting}, or wait.`, `PATCH  {"settings":{"${setting}":…}}`);
