/** Who is let in as a joined host; a machine that is not let in hears why, and what to do about it. */
import { type HostRefusal, type JoinedHost, RESERVED_MS } from "../db/schema.ts";
import { iso } from "../lib/time.ts";
import type { ChannelProblem } from "../protocol/channel.ts";
import { PROTOCOL } from "../protocol/common.ts";

export interface Caller {
  host: string;
  bootId: string;
  protocol: number;
  tokenHash: string;
}

/** Whose connection stands, and was heard of. */
export interface Standing {
  /** Null: it dialled in before boots were kept with connections. */
  bootId: string | null;
  /** It counts as gone unless it is heard of within this time. */
  silentInMs: number;
}

export interface Refused extends ChannelProblem {
  status: 401 | 404 | 409 | 410;
}

export const noTown = (name: string): Refused => ({
  status: 404,
  code: "town_not_found",
  detail: `There is no town ${name}.`,
  hint: "Create it, add the host there, and join at the URL that comes with its token.",
});

export const refusedHost = ({ status, ...problem }: Refused): Response => Response.json(problem, { status });

const WORDS: Record<HostRefusal, (why: string) => Pick<Refused, "status" | "detail" | "hint">> = {
  token_replaced: (host) => ({
    status: 401,
    detail: `The token of host ${host} was replaced, and this is a former one.`,
    hint: `Give this machine the newest, or make one: POST …/hosts/${host}/token.`,
  }),
  protocol_unsupported: (spoken) => ({
    status: 409,
    detail: `This host program speaks protocol ${spoken}, and the town ${PROTOCOL}.`,
    hint: "Run the release of the host program that belongs to the town's.",
  }),
  host_elsewhere: (why) => ({
    status: 409,
    detail: why,
    hint: "Give each machine a host of its own: POST …/hosts. If this one is to have the place: POST …/hosts/{host}/takeover.",
  }),
};

const refused = (code: HostRefusal, why: string, retryAfterMs?: number): Refused => ({
  code,
  ...WORDS[code](why),
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});

/** @param standing of another connection of this host, if one stands */
export function refusalOf(
  row: JoinedHost | undefined,
  { host, bootId, protocol, tokenHash }: Caller,
  standing: Standing | null,
  nowMs: number,
): Refused | null {
  // A token is made for a host that is added: one of no known host is of one that was removed.
  if (!row)
    return {
      status: 410,
      code: "host_removed",
      detail: `Host ${host} was removed from its town.`,
      hint: "Add it again, and start the host program with the token of then: POST …/hosts.",
    };
  if (row.tokenHash !== tokenHash) return refused("token_replaced", host);
  if (protocol !== PROTOCOL) return refused("protocol_unsupported", String(protocol));
  const { admits } = row;
  const leftMs = (admits?.untilMs ?? 0) - nowMs;
  // More than there ever was is left where the clock went back.
  if (admits && leftMs > 0 && leftMs <= RESERVED_MS && admits.bootId !== bootId)
    return refused(
      "host_elsewhere",
      `An operator gave the place of host ${host} to boot ${admits.bootId}; this is boot ${bootId}.`,
      leftMs,
    );
  if (!standing || standing.bootId === null || standing.bootId === bootId) return null;
  const since = iso(row.connectedAtMs);
  return refused(
    "host_elsewhere",
    `Host ${host} is there already, as boot ${standing.bootId}${since ? ` since ${since}` : ""}; this is boot ${bootId}.`,
    Math.max(1_000, standing.silentInMs),
  );
}
