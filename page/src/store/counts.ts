/** How many beads there are of each state: counted on from a snapshot by what changes. */
import type { Bead, Town } from "../api.ts";

type Counts = Town["beads"];

/** What the town has only just made is new; of anything older that was not known it is not known what it was. */
const NEW_MS = 5_000;

/** @returns null: something changed of which it is not known what it was */
export function countsAfter(counts: Counts, before: readonly Bead[], changed: readonly Bead[]): Counts | null {
  if (changed.length === 0) return counts;
  const known = new Map(before.map((bead) => [bead.id, bead]));
  const after = { ...counts };
  for (const bead of changed) {
    const was = known.get(bead.id);
    if (!was && Date.parse(bead.updatedAt ?? "") - Date.parse(bead.createdAt ?? "") > NEW_MS) return null;
    if (bead.type === "record") continue;
    if (was) after[was.status]--;
    else after.total++;
    after[bead.status]++;
  }
  return after;
}
