/** What the dependencies of imported lines bind here. */
import type { BondType, Foreign } from "./bd-read.ts";
import { findCycle } from "./cycle.ts";

/** A bead of this rig, or a line of this text by its id. */
export interface Named {
  name: string;
  /** It is open and no bead waits for it. */
  isPinned: boolean;
}

/** For each dependency of a line whom it binds the bead to, if it does. */
export type Bindings = ({ on: string; type: BondType } | null)[];

/** Of two on the same bead the first of these counts. */
const STRENGTH: readonly BondType[] = ["blocks", "waits-for", "waits-for-any"];

/** One of each kind: a bead has one parent, and one dependency on another. What goes beyond that is only kept. */
export function bindings(
  { id, dependencies }: Pick<Foreign, "id" | "dependencies">,
  names: ReadonlyMap<string, Named>,
): Bindings {
  const bound: Bindings = (dependencies ?? []).map(({ on, type }) => {
    const named = on === null || on === id ? undefined : names.get(on);
    if (named === undefined || type === null) return null;
    return { on: named.name, type: type === "blocks" && named.isPinned ? "related" : type };
  });
  const taken = new Map<string, number>();
  bound.forEach((bond, at) => {
    if (!bond) return;
    const place = bond.type === "parent-child" ? "the parent" : `on ${bond.on}`;
    const former = bound[taken.get(place) ?? at];
    if (former && former !== bond && rank(former.type) <= rank(bond.type)) return;
    taken.set(place, at);
  });
  const places = new Set(taken.values());
  return bound.map((bond, at) => (places.has(at) ? bond : null));
}

const rank = (type: BondType): number => (STRENGTH.includes(type) ? STRENGTH.indexOf(type) : STRENGTH.length);

interface Bound {
  line: Foreign;
  bound: Bindings;
}

/** A bead is no part of itself: of a ring of parents each is only kept. */
export function withoutRings(all: readonly Bound[]): Bound[] {
  const parents = new Map(
    all.map(({ line, bound }) => [line.id, bound.flatMap((bond) => (bond?.type === "parent-child" ? [bond.on] : []))]),
  );
  const inRing = new Set<string>();
  for (let ring = findCycle(parents); ring; ring = findCycle(parents))
    for (const id of ring) {
      inRing.add(id);
      parents.set(id, []);
    }
  return all.map(({ line, bound }) => ({
    line,
    bound: inRing.has(line.id) ? bound.map((bond) => (bond?.type === "parent-child" ? null : bond)) : bound,
  }));
}
