/** Who asks, and what that one may do. */
import type { Actor } from "../lib/origin.ts";
import type { Scope } from "../lib/scopes.ts";

export interface Identity {
  actor: Actor;
  scopes: readonly Scope[];
  /** `*`: every town, and what concerns all of them. */
  towns: "*" | readonly string[];
  /** Null: never. */
  expiresAtMs: number | null;
  /** A short-lived one, for reading. */
  isSession: boolean;
}
