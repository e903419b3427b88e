/** Whose command is being applied: notes and new beads say so, whatever file writes them. */
import type { Actor } from "../lib/origin.ts";
import type { Tx } from "./client.ts";
import { sessionOf } from "./statements.ts";

const acting = new WeakMap<object, Actor>();

/** @param actor undefined: nobody outside asked for it */
export function actingFor<T>(tx: Tx, actor: Actor | undefined, work: () => T): T {
  if (!actor) return work();
  const session = sessionOf(tx);
  acting.set(session, actor);
  try {
    return work();
  } finally {
    acting.delete(session);
  }
}

/** Null: the town itself, or a run. */
export const actorNow = (tx: Tx): Actor | null => acting.get(sessionOf(tx)) ?? null;
