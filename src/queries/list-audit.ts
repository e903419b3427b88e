import { and, desc, lt, sql } from "drizzle-orm";
import { z } from "zod";
import type { Tx } from "../db/client.ts";
import type { Page } from "../db/page.ts";
import { type AskedCommand, audit, commandsOf, ticks } from "../db/schema.ts";
import { readTown } from "../db/town-row.ts";
import { auditedSchema, auditedView } from "../views/records.ts";
import { defineQuery } from "./define.ts";
import { cursorOf, page, pageOf } from "./page.ts";

export const listAuditQuery = defineQuery({
  name: "list-audit",
  path: "/audit",
  scope: "logs:read",
  summary: "Lists the commands that were applied, and who asked for each, the newest first.",
  query: z.strictObject(page),
  output: pageOf(auditedSchema),
  read(tx, { limit, cursor }) {
    const rows = asked(tx, { limit, before: cursor });
    const last = rows.length === limit ? rows.at(-1) : undefined;
    const items = rows.flatMap(({ tick, atMs, commands }) => commands.map((one) => auditedView(tick, atMs, one)));
    // A page may be all of one tick's: then the next one has the creation alone.
    return { items, nextCursor: last && last.tick > 0 ? cursorOf(last.tick) : null };
  },
});

interface Asked {
  tick: number;
  atMs: number;
  commands: readonly AskedCommand[];
}

/** A tick has one command at most. Those of ticks that are gone are older than all of these; a town's creation is in no tick. */
function asked(tx: Tx, { limit, before }: Page): Asked[] {
  const isBefore = before === undefined ? undefined : before;
  const newest = tx
    .select({ tick: ticks.tick, atMs: ticks.startedAtMs, commands: sql<string>`${commandsOf}` })
    .from(ticks)
    .where(and(sql`${commandsOf} IS NOT NULL`, isBefore === undefined ? undefined : lt(ticks.tick, isBefore)))
    .orderBy(desc(ticks.tick))
    .limit(limit)
    .all()
    .map((row) => ({ ...row, commands: JSON.parse(row.commands) as AskedCommand[] }));
  if (newest.length === limit) return newest;
  const older = tx
    .select()
    .from(audit)
    .where(isBefore === undefined ? undefined : lt(audit.tick, isBefore))
    .orderBy(desc(audit.id))
    .limit(limit - newest.length)
    .all();
  const found = [...newest, ...older];
  return found.length < limit ? [...found, creation(tx)] : found;
}

function creation(tx: Tx): Asked {
  const { createdAtMs, createdBy } = readTown(tx);
  return { tick: 0, atMs: createdAtMs, commands: [{ command: "create-town", origin: createdBy }] };
}
