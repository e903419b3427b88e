/** Rigs whose remote or gate takes nothing, hosts that fail, and what can't be applied. */
import { failed } from "../../crashpoints/host.ts";
import type { Said } from "../../crashpoints/scenario.ts";
import type { ChaosWorld } from "../world.ts";
import { type Case, HOUR, MINUTE } from "./case.ts";
import { usual } from "./usual.ts";

const ofRig = (world: ChaosWorld, kind: "run" | "landing", says: Said, rigs = ["lib"]): void => {
  world.behaves = (of) => (of.kind === kind && rigs.includes(of.order.rig.id) ? { says } : {});
};

export const placeCases: readonly Case[] = [
  {
    ...usual,
    name: "a rig's default branch is protected",
    breaks: (world) => {
      ofRig(world, "landing", failed("rig_trouble", "protected"));
      world.beads(4);
    },
    items: ["rig_trouble lib"],
    lines: ["TROUBLED", "MENDED"],
  },
  {
    ...usual,
    name: "a rig's gate can't pass",
    breaks: (world) => {
      ofRig(world, "landing", failed("rig_trouble", "gate_broken"));
      world.beads(4);
    },
    items: ["rig_trouble lib"],
    lines: ["TROUBLED", "MENDED"],
  },
  {
    ...usual,
    name: "a rig takes no branches",
    breaks: (world) => {
      ofRig(world, "run", failed("rig_trouble", "no_right"));
      world.beads(4);
    },
    items: ["rig_trouble lib"],
    lines: ["TROUBLED", "MENDED"],
  },
  {
    ...usual,
    name: "a rig's remote can't be reached",
    breaks: (world) => {
      const says = failed("unreachable", "fetch_failed");
      world.behaves = (of) => (of.order.rig.id === "lib" ? { says, workMs: 2_000, active: () => null } : {});
      world.beads(4);
    },
    items: ["rig_trouble lib"],
    lines: ["TROUBLED", "MENDED"],
  },
  {
    ...usual,
    name: "two rigs are broken at once",
    breaks: (world) => {
      world.addRig("app", ["b1", "b2"]);
      ofRig(world, "landing", failed("rig_trouble", "protected"), ["lib", "app"]);
      for (const rig of ["lib", "app"]) world.beads(4, rig);
    },
    items: ["rig_trouble lib", "rig_trouble app"],
    lines: ["TROUBLED", "TROUBLED", "MENDED", "MENDED"],
  },
  {
    ...usual,
    name: "no host is connected",
    settings: { hosts: "external" },
    joined: ["box"],
    breaks: (world) => {
      world.tell({ type: "host_changed", payload: { host: "box", enabled: false } });
      world.beads(3);
    },
    mends: () => {},
    withinMs: 10 * MINUTE,
    verdict: "starved",
    healedBy: "an operator",
    items: ["starved lib"],
    lines: ["STARVED", "FED"],
    neighboursWithinMs: null,
  },
  {
    ...usual,
    name: "a fact that can't be applied",
    breaks: (world) => {
      world.town.tell([{ type: "run_heartbeat", payload: { bootId: "boot", report: null } } as never], true);
      world.beads(2);
    },
    items: ["quarantined 1"],
    lines: ["QUARANTINED", "DISMISSED"],
  },
  {
    ...usual,
    name: "a row that was changed by hand lets one action fail for ever",
    breaks: (world) => {
      world.town.engine.sql.exec(`CREATE TRIGGER broken BEFORE INSERT ON attempts WHEN NEW.bead_id = 'lib-2'
        BEGIN SELECT RAISE(ABORT, 'broken by hand'); END`);
      world.beads(4);
    },
    mends: (world) => void world.town.engine.sql.exec("DROP TRIGGER broken"),
    verdict: "spinning",
    healedBy: "the loop itself",
    items: ["repeating lib-2"],
    lines: ["SPINNING", "SETTLED"],
  },
  {
    ...usual,
    name: "its clock jumps an hour ahead",
    breaks: (world) => {
      world.beads(4);
      world.clock.after(10_000, () => {
        world.town.skewMs = HOUR;
      });
    },
    mends: () => {},
    healedBy: "the loop itself",
    lines: ["STALE", "RECOVERED"],
    items: [],
    neighboursWithinMs: null,
  },
  {
    ...usual,
    name: "somebody lets it drain",
    breaks: (world) => {
      world.tell({ type: "town_changed", payload: { draining: true } } as never);
      world.beads(4);
    },
    mends: (world) => world.tell({ type: "town_changed", payload: { draining: false } } as never),
    verdict: "draining",
    items: [],
    lines: ["DRAINING", "NO LONGER DRAINING"],
    neighboursWithinMs: null,
  },
];
