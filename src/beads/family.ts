import type { Tx } from "../db/client.ts";
import { existingBead } from "../db/existing.ts";
import type { beadDependencies } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";

export type DependencyType = typeof beadDependencies.$inferSelect.type;

/** A family has no circles. @throws Refusal 422 with the path; 404 for a parent that is not there */
export function refuseOwnAncestor(tx: Tx, id: string, parent: string): void {
  const path = [id];
  for (let at: string | null = parent; at !== null; at = existingBead(tx, at).parentId) {
    path.push(at);
    if (at === id) throw parentCycle(path);
  }
}

export const parentCycle = (path: readonly string[]) =>
  refusal(422, "parent_cycle", `It would be its own ancestor: ${path.join(" → ")}.`, "Choose another parent.");
