/** What a host may be asked for. */
export type Kind = "start" | "landing" | "stop" | "message";

/** With these an attempt begins. */
export const isBeginning = (kind: string | undefined): kind is "start" | "landing" =>
  kind === "start" || kind === "landing";

/** Calls of one kind to one host: they wait for each other, and for nothing else. */
export interface Lane {
  kind: Kind;
  /** The joined host; null: the town's own. */
  host: string | null;
}
