/** The repositories that a town works on, each with its gate, its caps, and what its work waits for. */
import { type SQL, sql } from "drizzle-orm";
import { type AnySQLiteColumn, index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { lenient } from "./lenient.ts";
import { type RigTrouble, readTrouble } from "./schema-gates.ts";

export interface Pause {
  by: string;
  why: string;
  sinceMs: number;
  /** When it ends by itself; null: when an operator ends it. */
  untilMs: number | null;
}

/** A rig whose landings or pushes have failed. SQLite uses the index only where a query says the same. */
export const inTrouble = (t: Record<"landingTrouble" | "pushTrouble", AnySQLiteColumn>): SQL =>
  sql`(${t.landingTrouble} IS NOT NULL OR ${t.pushTrouble} IS NOT NULL)`;

/** The rig of this name as `m`, if it allows more than one landing at once. The index is named, or SQLite reads the rig to see that it does not. */
export const moreAtOnce = (rigId: AnySQLiteColumn): SQL =>
  sql`FROM rigs m INDEXED BY rigs_landing_at_once WHERE m.id = ${rigId} AND m.landings_at_once > 1`;

export const rigs = sqliteTable(
  "rigs",
  {
    id: text().primaryKey(),
    repoUrl: text("repo_url").notNull(),
    defaultBranch: text("default_branch").notNull(),
    /** Who says so: a person, or the remote itself. `assumed`: neither, the remote could not be asked. */
    branchFrom: text("branch_from", { enum: ["given", "remote", "assumed"] })
      .notNull()
      .default("given"),
    /** Whether each commit says which bead and attempt it is of. Null: as its host does by itself. */
    trailers: integer({ mode: "boolean" }),
    /** Where further tries at its beads begin. Null: with what the last one left. */
    startFrom: text("start_from", { enum: ["main"] }),
    /** What becomes of a bead whose agent says that there is nothing to do: it is closed, or waits for a person. */
    noChange: text("no_change", { enum: ["close", "park"] })
      .notNull()
      .default("close"),
    /** Must exit 0 on the merged result before it is pushed. Null: no gate. */
    gate: text({ mode: "json" }).$type<string[]>(),
    maxGateMs: integer("max_gate_ms").notNull(),
    /** So many of its landings may be under way: they land one by one, but their gates run side by side. */
    landingsAtOnce: integer("landings_at_once").notNull().default(1),
    /** Nothing of it starts or lands while this stands. */
    paused: text({ mode: "json" }).$type<Pause>(),
    /** Caps of its own; null: the town's. */
    maxAgents: integer("max_agents"),
    maxInReview: integer("max_in_review"),
    /** Why its landings wait. */
    landingTrouble: lenient<RigTrouble | null>(null, readTrouble, "landing_trouble"),
    /** Why its runs wait: their branches can't be pushed. */
    pushTrouble: lenient<RigTrouble | null>(null, readTrouble, "push_trouble"),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (t) => [
    // Whose pause ends next? Holds a row only for what is paused.
    index("rigs_paused").on(t.id).where(sql`${t.paused} IS NOT NULL`),
    // How many of their landings may be under way? Holds a row only for those with more than one.
    index("rigs_landing_at_once").on(t.id).where(sql`${t.landingsAtOnce} > 1`),
    // Which are in trouble? Holds a row only for those.
    index("rigs_troubled").on(t.id).where(inTrouble(t)),
  ],
);

export type Rig = typeof rigs.$inferSelect;
