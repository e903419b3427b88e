/** A line that comes again: what was not changed here since is as it says by now, and what was is left alone. */
import { and, eq } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { existingBead } from "../db/existing.ts";
import { attempts, type Bead, beads } from "../db/schema.ts";
import { isLive, type StepContext } from "../db/step.ts";
import { type Fields, KEY, type Kept, keptOf, printsOf } from "./bd.ts";
import type { Foreign } from "./bd-read.ts";
import type { Bindings } from "./import-bonds.ts";
import { circle, rebind } from "./import-rebind.ts";
import { note } from "./notes.ts";
import { closeBead, endCancelled, reviveBead } from "./over.ts";
import { bondsChanged, waitsForItself } from "./waits.ts";

export interface Left {
  id: string;
  bead: string;
  fields: string[];
  why: string;
}

/** @param bound what its dependencies bind by now, by beads */
export function renew(
  tx: Tx,
  beadId: string,
  line: Foreign,
  bound: Bindings,
  ctx: StepContext,
): { changed: boolean; left: Left[] } {
  const bead = existingBead(tx, beadId);
  const kept = keptOf(bead.metadata);
  const alone = (fields: string[], why: string): { changed: boolean; left: Left[] } => ({
    changed: false,
    left: [{ id: line.id, bead: beadId, fields, why }],
  });
  const now = printsOf(fieldsOf(bead, kept));
  const comes = printsOf(line.fields);
  const others = Object.keys(comes).filter((field) => comes[field] !== now[field]);
  const was = kept?.prints;
  if (!kept || !was)
    return others.length === 0 ? { changed: false, left: [] } : alone(others, "what it was when it came is not known");
  if (line.fields.updatedAtMs < (kept.saidAtMs ?? 0)) return alone([], "a newer line came before this one");
  const theirs = others.filter((field) => comes[field] !== was[field]);
  const taken = theirs.filter((field) => now[field] === was[field]);
  const refused = take(tx, bead, line.fields, taken, ctx);
  const bonds = rebind(tx, beadId, kept, line, bound);
  const isOurs = (field: string) => (others.includes(field) && !taken.includes(field)) || refused.includes(field);
  const next = keptAnew(kept, line, bonds.dependencies, isOurs, (field) => taken.includes(field));
  const isNews = JSON.stringify(next) !== JSON.stringify(kept);
  if (isNews) write(tx, beadId, line, next, isOurs, taken.length > 0, ctx.nowMs);
  const fields = [...theirs.filter(isOurs), ...bonds.left];
  return {
    changed: isNews && (taken.length > refused.length || bonds.changed || restOf(kept) !== restOf(next)),
    left: fields.length === 0 ? [] : alone(fields, "it was changed here since").left,
  };
}

const restOf = ({ rest, said }: Kept): string => JSON.stringify([rest, said]);

function fieldsOf(bead: Bead, kept: Kept | null): Fields {
  const { [KEY]: _kept, ...others } = bead.metadata;
  return { ...bead, metadata: kept ? others : bead.metadata };
}

/** Which field of a bead stands behind a key of a line. */
const FIELD: Record<string, readonly string[]> = {
  title: ["title"],
  description: ["body"],
  acceptance_criteria: ["acceptance"],
  status: ["status"],
  priority: ["priority"],
  issue_type: ["type"],
  closed_at: ["status"],
  close_reason: ["status"],
  labels: ["labels"],
  townkeeper: ["type", "status", "touches", "metadata"],
  updated_at: ["title", "body", "acceptance", "type", "priority", "labels", "touches", "metadata", "status"],
};

function keptAnew(
  kept: Kept,
  line: Foreign,
  dependencies: Kept["dependencies"],
  isOurs: (field: string) => boolean,
  isTaken: (field: string) => boolean,
): Kept {
  const said: Kept["said"] = {};
  for (const key of new Set([...Object.keys(kept.said), ...Object.keys(line.said)])) {
    const fields = FIELD[key] ?? [];
    // Two readings of the same words differ in when they were read.
    const isSame = !fields.some(isTaken) && wordOf(kept.said[key]) === wordOf(line.said[key]);
    const word = isSame || fields.some(isOurs) ? kept.said[key] : line.said[key];
    if (word) said[key] = word;
  }
  const { rest, fields } = line;
  return { ...kept, saidAtMs: fields.updatedAtMs, prints: printsOf(fields), rest, said, dependencies };
}

const wordOf = (said: Kept["said"][string] | undefined): string => JSON.stringify(said?.theirs ?? null);

/** What is taken over stands in the bead by now; its times are theirs as long as nothing of it is ours. */
function write(
  tx: Tx,
  id: string,
  { fields, isDated }: Foreign,
  kept: Kept,
  isOurs: (field: string) => boolean,
  isChanged: boolean,
  nowMs: number,
): void {
  const bead = existingBead(tx, id);
  // Where a line does not say when it was closed, it was when it was read for the first time.
  const closed = keptOf(bead.metadata)?.said.closed_at;
  const isUnsaid = closed !== undefined && JSON.stringify(closed) === JSON.stringify(kept.said.closed_at);
  const isTheirs = !(FIELD.updated_at ?? []).some(isOurs);
  tx.update(beads)
    .set({
      metadata: { ...bead.metadata, [KEY]: kept },
      updatedAtMs: !isTheirs ? nowMs : isDated || isChanged ? fields.updatedAtMs : bead.updatedAtMs,
      ...(!isOurs("status") && !isUnsaid && bead.status === fields.status && { closedAtMs: fields.closedAtMs }),
    })
    .where(eq(beads.id, id))
    .run();
}

/** @returns what can't be taken now */
function take(tx: Tx, bead: Bead, fields: Fields, taken: readonly string[], ctx: StepContext): string[] {
  const { id } = bead;
  const refused: string[] = isBusy(tx, bead) ? taken.filter((field) => field === "status" || field === "type") : [];
  const words = taken.filter((field) => field !== "status" && field !== "metadata" && !refused.includes(field));
  if (words.length > 0)
    tx.update(beads)
      .set(Object.fromEntries(words.map((field) => [field, fields[field as keyof Fields]])))
      .where(eq(beads.id, id))
      .run();
  if (taken.includes("metadata"))
    tx.update(beads)
      .set({ metadata: { ...fields.metadata, [KEY]: bead.metadata[KEY] } })
      .where(eq(beads.id, id))
      .run();
  if (taken.length > refused.length) note(tx, id, "edited", `by an import: ${taken.join(", ")}`, ctx.nowMs);
  if (taken.includes("status") && !refused.includes("status") && !turn(tx, existingBead(tx, id), fields, ctx))
    refused.push("status");
  bondsChanged(tx, id, null);
  return refused;
}

const isBusy = (tx: Tx, { id, status }: Bead): boolean =>
  status === "in_progress" ||
  status === "in_review" ||
  tx
    .select({ fence: attempts.fence })
    .from(attempts)
    .where(and(eq(attempts.beadId, id), isLive))
    .get() !== undefined;

/** @returns false for what only a town can say of a bead */
function turn(tx: Tx, bead: Bead, { status, hold }: Fields, ctx: StepContext): boolean {
  const { id } = bead;
  if (status === "closed") closeBead(tx, bead, bead.head, ctx.nowMs);
  else if (status === "cancelled") endCancelled(tx, bead, "by an import", ctx);
  else if (status !== "open") return false;
  else {
    if (bead.status !== "open") {
      if (waitsForItself(tx, id)) throw circle(id);
      reviveBead(tx, bead, 0, ctx.nowMs);
      note(tx, id, "reopened", "by an import", ctx.nowMs);
    }
    tx.update(beads).set({ hold }).where(eq(beads.id, id)).run();
  }
  return true;
}
