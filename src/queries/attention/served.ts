/** Who could take the beads of a rig, and of whom it is told already why they don't. */
import { eq, ne, sql } from "drizzle-orm";
import { type Agent, agents } from "../../db/schema.ts";
import { atMost } from "../../db/statements.ts";
import type { Look } from "./item.ts";

const NAMED = 20;

/** Who could take beads of it, were they well. */
export const agentsOf = ({ tx }: Look, rigId: string): Agent[] =>
  tx
    .select()
    .from(agents)
    .where(sql`${eq(agents.rigId, rigId)} AND ${ne(agents.role, "merger")}`)
    .limit(atMost(NAMED))
    .all();

export const isExplained = ({ isTold }: Look, { id, provider }: Agent): boolean =>
  isTold("agent", id) || (provider !== null && isTold("provider", provider));
