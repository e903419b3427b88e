/** Joined hosts: which one is asked, and whether there is one. */
import { and, desc, eq, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { attempts, type Bead, type Breaker, type HostFull, hosts, type JoinedHost } from "../db/schema.ts";
import { atMost, prepared } from "../db/statements.ts";
import { readTown } from "../db/town-row.ts";
import { refusal, Stale } from "../lib/guard.ts";
import type { Settings } from "../lib/settings.ts";

/** @throws Refusal 404 */
export function existingHost(tx: Tx, id: string): JoinedHost {
  const host = tx.select().from(hosts).where(eq(hosts.id, id)).get();
  if (host) return host;
  throw refusal(404, "host_not_found", `There is no host ${id}.`, "GET …/hosts lists them.");
}

const oneHost = prepared((tx) => tx.select({ id: hosts.id }).from(hosts).limit(atMost(1)).prepare());

/** Those that are connected and enabled, the one that has least to do first. */
const present = prepared((tx) =>
  tx
    .select({ id: hosts.id, breaker: hosts.breaker, full: hosts.full })
    .from(hosts)
    .where(and(sql`${hosts.connectedAtMs} IS NOT NULL`, eq(hosts.enabled, true)))
    .orderBy(sql`(SELECT count(*) FROM attempts t WHERE t.ended_at_ms IS NULL AND t.host_id = ${hosts.id})`, hosts.id)
    .prepare(),
);

/** Whether the town runs its agents on hosts that join it. One to which none was ever added uses its own. */
const usesJoined = (tx: Tx, settings: Settings): boolean =>
  settings.hosts === "external" && oneHost(tx).get() !== undefined;

export interface HostThere {
  /** Null: the town's own. */
  id: string | null;
  breaker: Breaker | null;
  /** How little room it has. */
  full: HostFull | null;
}

/** Who may be given work, the freest first. Empty: hosts were added, and none of them is there. */
export const hostsThere = (tx: Tx, settings: Settings): HostThere[] =>
  usesJoined(tx, settings) ? present(tx).all() : [{ id: null, breaker: readTown(tx).breaker, full: readTown(tx).full }];

/**
 * @param mayAsk whether it may be asked now
 * @param failed a bead that came to nothing on its hosts, with its count of consecutive failures
 * @returns null: the town's own host @throws Stale if none is there that may be asked
 */
export function chooseHost(
  tx: Tx,
  settings: Settings,
  mayAsk = (_host: HostThere) => true,
  failed: Pick<Bead, "id" | "dispatchFailures"> | null = null,
): string | null {
  const there = hostsThere(tx, settings);
  const host = inTurn(tx, there, failed).find(mayAsk);
  if (host !== undefined) return host.id;
  throw new Stale(there.length === 0 ? "no host is connected" : "no host may be asked for one more now");
}

/** How many tries of a bead are read, to know which hosts it has tried. */
const TRIES_SEEN = 8;

const triedOn = prepared((tx) =>
  tx
    .select({ id: attempts.hostId })
    .from(attempts)
    .where(eq(attempts.beadId, sql.placeholder("beadId")))
    .orderBy(desc(attempts.fence))
    .limit(atMost(TRIES_SEEN))
    .prepare(),
);

/**
 * A bead that came to nothing on one host tries the others before it tries that one again: it alone opens no breaker, and would
 * go where it failed for ever, beside a host that is well.
 */
function inTurn(
  tx: Tx,
  there: readonly HostThere[],
  failed: Pick<Bead, "id" | "dispatchFailures"> | null,
): readonly HostThere[] {
  if (there.length < 2 || failed === null || failed.dispatchFailures === 0) return there;
  const tried = triedOn(tx).all({ beadId: failed.id }).slice(0, failed.dispatchFailures);
  const ago = ({ id }: HostThere): number => {
    const tries = tried.findIndex((last) => last.id === id);
    return tries < 0 ? TRIES_SEEN : tries;
  };
  return there.toSorted((a, b) => ago(b) - ago(a));
}

/** Whether a joined host may be given work. */
export function isThere(tx: Tx, id: string): boolean {
  const host = tx.select().from(hosts).where(eq(hosts.id, id)).get();
  return host?.enabled === true && host.connectedAtMs !== null;
}

const hostOfAttempt = prepared((tx) =>
  tx
    .select({ hostId: attempts.hostId })
    .from(attempts)
    .where(eq(attempts.fence, sql.placeholder("fence")))
    .prepare(),
);

/** Where an attempt lives, or was to live. */
export const hostAsked = (tx: Tx, fence: number): string | null => hostOfAttempt(tx).get({ fence })?.hostId ?? null;
