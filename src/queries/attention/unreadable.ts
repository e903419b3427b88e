/** Rows of which something could not be read: damaged, or written by a newer release. */
import { desc } from "drizzle-orm";
import { unreadable } from "../../db/schema.ts";
import { atMost, prepared } from "../../db/statements.ts";
import { shownValues } from "../../unreadable/index.ts";
import { COUNTED, countOf, type Kind, type Target, WANTED } from "./item.ts";

/** What each table's rows are called, and what becomes of one that could not be read as a whole. */
const ROWS: Record<string, { type: Target["type"]; meanwhile: string; hint: string }> = {
  agents: {
    type: "agent",
    meanwhile: "something safe stands in for it; without its program or env it is disabled, others go on",
    hint: "Give it again what is lost (PATCH …/agents/{id}), and enable it; then this request dismisses the item.",
  },
  beads: {
    type: "bead",
    meanwhile: "something safe stands in for it; without a status it is parked, others go on",
    hint: "See whether the bead is as it should be (GET …/beads/{id}; PATCH …/beads/{id} and POST …/beads/{id}/retry change it); then this request dismisses the item.",
  },
  rigs: {
    type: "rig",
    meanwhile: "something safe stands in for it; without its gate or address the rig is paused, others go on",
    hint: "Give it again what is lost and resume it (PATCH …/rigs/{id}); then this request dismisses the item.",
  },
  town: {
    type: "town",
    meanwhile: "its defaults stand in for it",
    hint: "Set again what is lost (PATCH …/{town}); then this request dismisses the item.",
  },
};

const OTHER = {
  type: "row" as const,
  meanwhile: "something safe stands in for it, and all else goes on",
  hint: "GET …/unreadable has what stood there; this request dismisses the item.",
};

const newestFirst = prepared((tx) =>
  tx.select().from(unreadable).orderBy(desc(unreadable.id)).limit(atMost(WANTED)).prepare(),
);

export const unreadableRow: Kind = {
  severity: "warning",
  holdsInPause: true,
  find: ({ tx, path }) =>
    newestFirst(tx)
      .all()
      .map((row) => {
        const { id, tableName, rowKey, why, atMs } = row;
        const { type, meanwhile, hint } = (Object.hasOwn(ROWS, tableName) && ROWS[tableName]) || OTHER;
        return {
          target: { type, id: type === "row" ? `${tableName}/${rowKey}` : rowKey },
          mark: id,
          sinceMs: atMs,
          times: 1,
          what: `what stands in ${tableName} of ${rowKey} can't be read: ${why}`,
          meanwhile,
          nextMs: null,
          hint: hint.replaceAll("{id}", rowKey),
          evidence: { table: tableName, row: rowKey, why, values: shownValues(row) },
          verb: { method: "DELETE" as const, path: `${path}/unreadable/${id}`, body: null },
        };
      }),
  count: ({ tx }) => countOf(tx, tx.select({ id: unreadable.id }).from(unreadable).limit(atMost(COUNTED))),
};
