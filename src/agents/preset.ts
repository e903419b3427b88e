import type { Reader, Trouble } from "./said.ts";
import type { Signals } from "./signals.ts";

/** How a coding agent is run, and what its output means: one file per tool. */
export interface Preset {
  /** Agents of it share this provider's limits, unless they are told otherwise. */
  provider: string | null | ((model: string | null) => string);
  /** Its command for unattended use. The prompt comes on standard input. */
  argv(options: PresetOptions): string[];
  /** Its command for the Agent Client Protocol. */
  acp(options: PresetOptions): string[];
  /** Its command, going on with a session of another working folder; left out: it has no way to. */
  resume?(argv: readonly string[], session: string): string[];
  /** What it alone says when it gets no further; what all hand on from their providers is in `signals.ts`. */
  signals: Signals;
  /** Over the Agent Client Protocol it does not say that it waits for its provider. */
  waitsUnseen?: boolean;
  /** What its own exit codes mean, where it documents them. */
  exits?: Record<number, Trouble>;
  read: Reader;
}

/** How an agent is to be run: what is kept of it, and sent to its host. */
export interface PresetOptions {
  driver: "exec" | "acp";
  model: string | null;
  maxCostUsd: number | null;
  maxTokens: number | null;
  /** What it is answered when it asks for leave. */
  permissions: "allow" | "deny";
  /** A further try on a bead goes on with the session of the one before. Left out: no. */
  resume?: boolean | undefined;
}
