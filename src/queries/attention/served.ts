/** Who could take the beads of a rig, and of whom it is told already why they don't. */
import { eq, ne, sql } from "drizzle-orm";
import { type Agent, agents } from "../../db/schema.ts";
import { atMost, prepared, slot } from "../../db/statements.ts";
import type { Look } from "./item.ts";

const NAMED = 20;

const ofRig = prepared((tx) =>
  tx
    .select()
    .from(agents)
    .where(sql`${eq(agents.rigId, slot<string>("rigId"))} AND ${ne(agents.role, "merger")}`)
    .limit(atMost(NAMED))
    .prepare(),
);

/** Who could take beads of it, were they well. */
export const agentsOf = ({ tx }: Look, rigId: string): Agent[] => ofRig(tx).all({ rigId });

export const isExplained = ({ isTold }: Look, { id, provider }: Agent): boolean =>
  isTold("agent", id) || (provider !== null && isTold("provider", provider));
