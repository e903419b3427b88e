/** People who change the work while it goes on. It may come at the wrong moment: then it is refused, and changes nothing. */
import { convoyInput } from "../src/commands/inputs.ts";
import type { Fact } from "../src/reconciler/ingest.ts";
import { rowsOf } from "./checks/scene.ts";
import type { Size } from "./life.ts";
import type { World } from "./world.ts";

const DAY = 24 * 3_600_000;
const MOST_PER_DAY = 360;
/** A stream of its own, so that the other things of a world stay as they are. */
const STREAM = "tinkering";

/** In half of the worlds. */
export function planTinkering(world: World, { stormyMs }: Size): void {
  const clock = world.world;
  const share = clock.random(STREAM) < 0.5 ? 0 : clock.random(STREAM);
  for (let left = Math.ceil((share * MOST_PER_DAY * stormyMs) / DAY); left > 0; left--)
    clock.after(clock.between(0, stormyMs, STREAM), () => {
      if (!world.faults.befalls("tinker")) return;
      const fact = drawFact(world);
      if (fact) world.surely(fact, true);
    });
}

const ANY = "SELECT id FROM beads ORDER BY seq";
const CONVOYS = "SELECT id FROM convoys ORDER BY seq";

function drawFact(world: World): Fact | null {
  const clock = world.world;
  const some = (query: string): string | null => {
    const ids = rowsOf<{ id: string }>(world, query);
    return ids[clock.between(0, ids.length, STREAM)]?.id ?? null;
  };
  const bead = some(ANY);
  const other = some(ANY);
  const convoy = some(CONVOYS);
  if (!bead || !other) return null;
  const edit = (edit: object) => ({ type: "bead_edited", payload: { bead, edit } }) as Fact;
  const bind = (id: string, change: object) =>
    ({ type: "dependencies_changed", payload: { bead: id, change: { add: [], remove: [], ...change } } }) as Fact;
  const choices: (() => Fact | null)[] = [
    () => edit({ hold: { by: "somebody", why: "wait" } }),
    () => aimed("SELECT id FROM beads WHERE hold IS NOT NULL ORDER BY seq", (id) => unheld(id)),
    () => edit({ priority: clock.between(0, 5, STREAM), labels: ["edited"] }),
    () => edit({ parent: other }),
    () => bind(bead, { add: [{ on: other, type: "parent-child" }] }),
    () => bind(bead, { add: [{ on: other, type: clock.random(STREAM) < 0.8 ? "blocks" : "related" }] }),
    () =>
      aimed("SELECT bead_id || ' ' || blocker_id AS id FROM bead_dependencies ORDER BY 1", (pair) => {
        const [id = "", from] = pair.split(" ");
        return bind(id, { remove: [from] });
      }),
    () => aimed("SELECT id FROM beads WHERE status IN ('closed', 'cancelled') ORDER BY seq", reopened),
    () => reopened(bead),
    () => aimed("SELECT id FROM beads WHERE status IN ('open', 'failed', 'cancelled') ORDER BY seq", closed),
    () => closed(bead),
    () => aConvoy(world, other),
    () => aConvoy(world, other),
    () => aConvoy(world, other),
    () => aimed("SELECT id FROM convoys WHERE state = 'running' ORDER BY seq", paused),
    () => (convoy === null ? null : paused(convoy)),
    () => aimed("SELECT id FROM convoys WHERE state = 'held' ORDER BY seq", started),
    () => (convoy === null ? null : started(convoy)),
    () =>
      convoy === null
        ? null
        : { type: "convoy_members_changed", payload: { convoy, change: { add: [bead], remove: [] } } },
    () =>
      aimed("SELECT id || ' ' || convoy_id AS id FROM beads WHERE convoy_id IS NOT NULL ORDER BY seq", (pair) => {
        const [member = "", from = ""] = pair.split(" ");
        return { type: "convoy_members_changed", payload: { convoy: from, change: { add: [], remove: [member] } } };
      }),
    () =>
      clock.random(STREAM) < 0.3 && convoy ? { type: "convoy_cancelled", payload: { convoy, reason: "no" } } : null,
  ];
  const aimed = (query: string, fact: (id: string) => Fact): Fact | null => {
    const id = some(query);
    return id === null ? null : fact(id);
  };
  return (choices[clock.between(0, choices.length, STREAM)] ?? (() => null))();
}

const unheld = (bead: string): Fact => ({ type: "bead_edited", payload: { bead, edit: { hold: null } } });
const reopened = (bead: string): Fact => ({ type: "bead_reopened", payload: { bead, reason: "again" } });
const closed = (bead: string): Fact => ({ type: "bead_closed", payload: { bead, reason: "by hand" } });
const paused = (convoy: string): Fact => ({ type: "convoy_held", payload: { convoy, reason: "wait" } });
const started = (convoy: string): Fact => ({ type: "convoy_started", payload: { convoy } });

function aConvoy(world: World, older: string): Fact {
  const clock = world.world;
  const count = rowsOf(world, CONVOYS).length;
  const branch = clock.random(STREAM) < 0.4 ? `feature/c${count}` : undefined;
  const all = rowsOf<{ id: string }>(world, "SELECT id FROM rigs ORDER BY id");
  const rigs = branch === undefined ? all : all.slice(0, 1);
  const beads = Array.from({ length: clock.between(1, 5, STREAM) }, (_, n) => {
    const dependsOn = n > 0 && clock.random(STREAM) < 0.6 ? [`m${clock.between(0, n, STREAM)}`] : [];
    if (clock.random(STREAM) < 0.2) dependsOn.push(older);
    return { ref: `m${n}`, rig: rigs[clock.between(0, rigs.length, STREAM)]?.id, title: `member ${n}`, dependsOn };
  });
  return {
    type: "convoy_created",
    payload: convoyInput.parse({
      id: `c${count}`,
      title: `convoy ${count}`,
      onFailure: clock.random(STREAM) < 0.5 ? "block" : "continue",
      held: clock.random(STREAM) < 0.3,
      ...(branch && { branch }),
      beads,
    }),
  };
}
