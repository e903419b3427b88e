/** How beads come into being: many at once, with what binds them, all of them or none. */
import { eq, inArray } from "drizzle-orm";
import { actorNow } from "../db/acting.ts";
import type { Tx } from "../db/client.ts";
import { existingBead, theRig, wasPruned } from "../db/existing.ts";
import { type Bead, beadDependencies, beads } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import { countUp } from "../db/town-row.ts";
import { refusal } from "../lib/guard.ts";
import { findCycle } from "./cycle.ts";
import { type DependencyType, parentCycle } from "./family.ts";
import { bondsChanged, isContainer, partsChanged, tellParts } from "./waits.ts";

type Words = Pick<Bead, "title" | "body" | "acceptance" | "type" | "priority" | "labels" | "metadata" | "touches">;

/** One that comes from elsewhere brings its past. */
type Past = Partial<Pick<Bead, "status" | "hold" | "branch" | "head" | "createdAtMs" | "updatedAtMs" | "closedAtMs">>;

/** Whose members they are from the first, and where they land. */
export interface NewMembers {
  id: string;
  isHeld: boolean;
  landsOn: string | null;
}

export interface NewBead extends Words {
  rig: string;
  ref?: string | undefined;
  /** A `ref` of the same call, or an id. */
  parent?: string | undefined;
  dependsOn: readonly { on: string; type: DependencyType | "parent-child" }[];
  past?: Past;
}

interface Placed {
  given: NewBead;
  id: string;
  seq: number;
  parentId: string | null;
  dependencies: Map<string, DependencyType>;
}

export function createBeads(tx: Tx, given: readonly NewBead[], nowMs: number, convoy?: NewMembers): Bead[] {
  refuseUnknownRigs(tx, given);
  const placed = place(tx, given);
  const labelOf = (id: string) => placed.find((bead) => bead.id === id)?.given.ref ?? id;
  const blockers = new Map(placed.map((bead) => [bead.id, blockersOf(bead)]));
  const open = openAmong(tx, placed, blockers);
  // A closed bead neither waits nor keeps another waiting.
  const circle = findCycle(
    new Map([...blockers].map(([id, on]) => [id, open.has(id) ? on.filter((other) => open.has(other)) : []])),
  );
  if (circle)
    throw refusal(
      422,
      "dependency_cycle",
      `These beads wait for one another: ${circle.map(labelOf).join(" → ")}.`,
      "Remove one of these dependencies.",
    );
  // What is there already can't have these among its ancestors.
  const ring = findCycle(new Map(placed.map(({ id, parentId }) => [id, parentId === null ? [] : [parentId]])));
  if (ring) throw parentCycle(ring.map(labelOf));
  const created = placed.map((bead) => {
    const blockedBy = blockersOf(bead).filter((id) => open.has(id)).length;
    return insert(tx, bead, blockedBy, convoy, nowMs);
  });
  return withFamilies(tx, placed) ? created.map(({ id }) => existingBead(tx, id)) : created;
}

/** What waits for more than its own blockers is counted when all of them are there. */
function withFamilies(tx: Tx, placed: readonly Placed[]): boolean {
  const parents = new Set(placed.flatMap(({ parentId }) => parentId ?? []));
  const waiters = placed.filter(({ dependencies }) => [...dependencies.values()].some(isWaitForParts));
  for (const { id } of waiters) bondsChanged(tx, id, null);
  for (const parent of parents) {
    tellParts(tx, parent, null);
    partsChanged(tx, parent, null);
  }
  return parents.size + waiters.length > 0;
}

const isWaitForParts = (type: DependencyType): boolean => type === "waits-for" || type === "waits-for-any";

const blockersOf = ({ dependencies }: Placed): string[] =>
  [...dependencies].filter(([, type]) => type === "blocks").map(([id]) => id);

function refuseUnknownRigs(tx: Tx, given: readonly NewBead[]): void {
  for (const rigId of new Set(given.map(({ rig }) => rig)))
    if (!theRig(tx).get({ id: rigId }))
      throw refusal(422, "rig_unknown", `There is no rig ${rigId}.`, "Add the rig first: POST …/rigs.");
}

/** Ids are the rig's name and a number that rises within the town: short enough to say aloud. */
function place(tx: Tx, given: readonly NewBead[]): Placed[] {
  const first = countUp(tx, "lastBead", given.length) - given.length + 1;
  const idOf = (index: number) => `${given[index]?.rig}-${first + index}`;
  const byRef = new Map<string, string>();
  given.forEach(({ ref }, index) => {
    if (ref === undefined) return;
    if (byRef.has(ref))
      throw refusal(422, "ref_repeated", `Two beads of this batch have the ref ${ref}.`, "Give each its own ref.");
    byRef.set(ref, idOf(index));
  });
  /** A `ref` of this batch wins over an id. */
  const named = (name: string) => byRef.get(name) ?? existing(tx, name, first - 1);
  return given.map((bead, index) => {
    const parent = parentOf(bead);
    return {
      given: bead,
      id: idOf(index),
      seq: first + index,
      parentId: parent === undefined ? null : (byRef.get(parent) ?? existingBead(tx, parent, first - 1).id),
      dependencies: typed(bead, named),
    };
  });
}

const nameOf = ({ ref, title }: NewBead): string => ref ?? title;

function parentOf(bead: NewBead): string | undefined {
  const names = new Set(bead.dependsOn.filter(({ type }) => type === "parent-child").map(({ on }) => on));
  if (bead.parent !== undefined) names.add(bead.parent);
  if (names.size > 1)
    throw refusal(
      422,
      "two_parents",
      `${nameOf(bead)} has more than one parent: ${[...names].join(", ")}.`,
      "A bead has one parent at most.",
    );
  return [...names][0];
}

function typed(bead: NewBead, named: (name: string) => string): Map<string, DependencyType> {
  const dependencies = new Map<string, DependencyType>();
  for (const { on, type } of bead.dependsOn) {
    if (type === "parent-child") continue;
    const id = named(on);
    if ((dependencies.get(id) ?? type) !== type)
      throw refusal(422, "two_types", `${nameOf(bead)} depends on ${on} in two ways.`, "Choose one type.");
    dependencies.set(id, type);
  }
  return dependencies;
}

function existing(tx: Tx, id: string, last: number): string {
  if (tx.select({ id: beads.id }).from(beads).where(eq(beads.id, id)).get()) return id;
  if (wasPruned(tx, id, last))
    throw refusal(
      422,
      "dependency_pruned",
      `Bead ${id} was over long ago, and is gone.`,
      "Leave it out: nothing waits for what is over.",
    );
  throw refusal(
    422,
    "dependency_unknown",
    `There is no bead ${id} to depend on.`,
    "Use the id of a bead, or the ref of one in this batch.",
  );
}

/** Blockers that are not closed. A failed or cancelled one still blocks: what it was to bring did not come. */
function openAmong(tx: Tx, placed: Placed[], blockers: Map<string, string[]>): Set<string> {
  const fresh = new Set(placed.map(({ id }) => id));
  const old = [...new Set([...blockers.values()].flat())].filter((id) => !fresh.has(id));
  const open = new Set(placed.filter(({ given }) => given.past?.status !== "closed").map(({ id }) => id));
  for (let from = 0; from < old.length; from += 50) {
    const rows = tx
      .select({ id: beads.id, status: beads.status })
      .from(beads)
      .where(inArray(beads.id, old.slice(from, from + 50)))
      .all();
    for (const { id, status } of rows) if (status !== "closed") open.add(id);
  }
  return open;
}

const insertDependency = prepared((tx) =>
  tx
    .insert(beadDependencies)
    .values({
      beadId: slot<string>("beadId"),
      blockerId: slot<string>("blockerId"),
      type: slot<DependencyType>("type"),
    })
    .prepare(),
);

/** All that a new bead may bring. */
const BROUGHT = [
  ...(["id", "seq", "rigId", "title", "body", "acceptance", "type", "priority", "status"] as const),
  ...(["labels", "metadata", "touches", "parentId", "convoyId", "landsOn", "hold", "blockedBy"] as const),
  ...(["branch", "head", "createdAtMs", "createdBy", "updatedAtMs", "closedAtMs"] as const),
];
type Brought = Pick<Bead, (typeof BROUGHT)[number]>;

const insertBead = prepared((tx) =>
  tx
    .insert(beads)
    .values(Object.fromEntries(BROUGHT.map((name) => [name, slot(name)])) as unknown as Brought)
    .returning()
    .prepare(),
);

function insert(
  tx: Tx,
  { given, id, seq, parentId, dependencies }: Placed,
  openBlockers: number,
  convoy: NewMembers | undefined,
  nowMs: number,
): Bead {
  for (const [blockerId, type] of dependencies) insertDependency(tx).run({ beadId: id, blockerId, type });
  const { rig, ref: _ref, parent: _parent, dependsOn: _dependsOn, past, ...words } = given;
  const blockedBy = openBlockers + (past?.hold ? 1 : 0) + (convoy?.isHeld ? 1 : 0) + (isContainer(given) ? 1 : 0);
  const brought: Brought = {
    ...words,
    id,
    seq,
    rigId: rig,
    parentId,
    convoyId: convoy?.id ?? null,
    landsOn: convoy?.landsOn ?? null,
    blockedBy,
    createdBy: actorNow(tx),
    ...asNew(past, nowMs),
  };
  return insertBead(tx).get({ ...brought });
}

const asNew = (past: Past | undefined, nowMs: number): Required<Past> => ({
  status: past?.status ?? "open",
  hold: past?.hold ?? null,
  branch: past?.branch ?? null,
  head: past?.head ?? null,
  createdAtMs: past?.createdAtMs ?? nowMs,
  updatedAtMs: past?.updatedAtMs ?? nowMs,
  closedAtMs: past?.closedAtMs ?? null,
});
