/** What waits to run, and to land, in a rig: what there is to do for its remote and its gate. */
import { sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { rigs } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";

export interface Waiting {
  runs: number;
  landings: number;
}

/** Enough to know that it is many. */
const COUNTED = sql.raw("1000");
const rig = sql`${slot<string>("rigId")}`;

/** Those that are begun have their runs, or wait for them on a hook. */
const waiting = prepared((tx) =>
  tx
    .select({
      runs: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM beads b WHERE b.rig_id = ${rig} AND b.status = 'open' AND b.blocked_by = 0 LIMIT ${COUNTED}))
        + (SELECT count(*) FROM agents a WHERE a.rig_id = ${rig} AND a.bead_id IS NOT NULL AND a.status <> 'stopping')`,
      landings: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM beads b WHERE b.rig_id = ${rig} AND b.status = 'in_review' LIMIT ${COUNTED}))`,
    })
    .from(rigs)
    .where(sql`${rigs.id} = ${rig}`)
    .prepare(),
);

export const waitingIn = (tx: Tx, rigId: string): Waiting => waiting(tx).get({ rigId }) ?? { runs: 0, landings: 0 };
