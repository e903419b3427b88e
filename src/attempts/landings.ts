/** Landings of one rig: how many may be under way, and at which host. */
import { and, desc, eq, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type Attempt, attempts, type Rig } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import { isLive } from "../db/step.ts";
import { probesLeft } from "./breaker.ts";
import type { HostThere } from "./hosts.ts";

/**
 * How many landings of a rig may be under way. One that is in trouble tries whether it still is, one bead at a time: what it
 * says itself is for when it is well.
 */
export const landingsAtOnce = (isTroubled: boolean, most: number): number => (isTroubled ? 1 : most);

const underWay = prepared((tx) =>
  tx
    .select({ beadId: attempts.beadId, hostId: attempts.hostId })
    .from(attempts)
    .where(and(eq(attempts.rigId, slot<string>("rigId")), sql`${attempts.kind} = 'landing'`, isLive))
    .orderBy(desc(attempts.fence))
    .prepare(),
);

/** Those that are under way, the newest first. */
export type UnderWay = readonly Pick<Attempt, "beadId" | "hostId">[];
export const landingsOf = (tx: Tx, rigId: string): UnderWay => underWay(tx).all({ rigId });

/** Whether one more bead of this rig may land beside those that do. */
export const hasRoomToLand = ({ landingsAtOnce: most }: Pick<Rig, "landingsAtOnce">, now: UnderWay): boolean =>
  now.length < most;

/**
 * Whether a host may be given one more: side by side they stand in the line of one host, since what lands elsewhere
 * meanwhile has all of them start over.
 */
export const isBeside = (now: UnderWay, host: string | null): boolean => now.every(({ hostId }) => hostId === host);

/** The host at which one more may land beside these. Undefined: it is not there, or is left alone. */
export const hostBeside = (tx: Tx, now: UnderWay, there: readonly HostThere[], nowMs: number): HostThere | undefined =>
  there.find(({ id, breaker }) => isBeside(now, id) && probesLeft(tx, id, breaker, nowMs) !== 0);
