import { type AnyColumn, sql } from "drizzle-orm";
import { type BeadFacts, defineGate, shut } from "./gate.ts";
import { ask } from "./way-out.ts";

/** Loads only what is of a rig that is not paused. */
export const rigGoesOn = (rigId: AnyColumn) =>
  sql`NOT EXISTS (SELECT 1 FROM rigs r WHERE r.id = ${rigId} AND r.paused IS NOT NULL)`;

export const rigPaused = defineGate({
  name: "rig_paused",
  shutBy: "a pause of its rig",
  before: "both",
  read: ({ rig: { id, paused } }: Pick<BeadFacts, "rig">) =>
    paused && shut(`rig ${id} is paused by ${paused.by}: ${paused.why}`, paused.untilMs),
  wayOut: (facts) => ask(facts, "Resume the rig.", `PATCH /rigs/${facts.rig.id} {"paused":null}`),
});
