/** What a host may be asked for, and what others are told. */
export type Kind = "start" | "landing" | "stop" | "message" | "webhook";

/** With these an attempt begins. */
export const isBeginning = (kind: string | undefined): kind is "start" | "landing" =>
  kind === "start" || kind === "landing";

/** Calls of one kind to one host: they wait for each other, and for nothing else. */
export interface Lane {
  kind: Kind;
  /** The joined host; null: the town's own. Of a webhook: its id. */
  host: string | null;
}
