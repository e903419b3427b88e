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

/** The platform opens at most six connections at a time for one invocation; a seventh would queue behind a slow one. */
export const PLATFORM_CONNECTIONS = 6;

/** Where the platform is not the bound: the most that may be asked for. */
export const MANY_CONNECTIONS = 32;

/**
 * How many calls of each kind may be out at one host at a time. A joined host is asked through a socket of its own, so one that hangs
 * keeps none from the others. Each kind has its own of a host's connections, so that a call that hangs keeps nothing
 * from the other kinds. Starts have most of them: there are as many of them as of all others together, and one that hangs holds its
 * slot for a whole deadline. A message is a nudge or a preflight. A webhook is told by an object of its own, with connections of its own: of
 * each one call is out.
 */
export function slotsOf(connections: number): Record<Kind, number> {
  const share = (part: number) => Math.max(1, Math.floor(connections / part));
  const [landing, stop, message] = [share(4), share(8), share(16)];
  return { start: Math.max(1, connections - landing - stop - message), landing, stop, message, webhook: 1 };
}
