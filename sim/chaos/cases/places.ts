/** Rigs whose remote or gate takes nothing, hosts that fail, and what can't be applied. */
import { preflightOrder } from "../../../src/attempts/preflight.ts";
import { failed } from "../../crashpoints/host.ts";
import type { Said } from "../../crashpoints/scenario.ts";
import type { ChaosWorld } from "../world.ts";
import { type Case, HOUR, MINUTE } from "./case.ts";
import { usual } from "./usual.ts";

const ofRig = (world: ChaosWorld, kind: "run" | "landing", says: Said, rigs = ["lib"]): void => {
  world.behaves = (of) => (of.kind === kind && rigs.includes(of.order.rig.id) ? { says } : {});
};

function remoteIsAway(world: ChaosWorld): void {
  const says = failed("unreachable", "fetch_failed");
  world.behaves = (of) => (of.order.rig.id === "lib" ? { says, workMs: 2_000, active: () => null } : {});
}

/** Nobody reads what is told, and sends anything. */
const { mends: _, mendsAtMs: __, ...byItself } = usual;

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
      remoteIsAway(world);
      world.beads(4);
    },
    items: ["rig_trouble lib"],
    lines: ["TROUBLED", "MENDED"],
  },
  {
    ...byItself,
    name: "what waits to land at a protected branch is cancelled",
    breaks: (world) => {
      ofRig(world, "landing", failed("rig_trouble", "protected"));
      world.beads(1);
      world.clock.after(10 * MINUTE, () =>
        world.tell({ type: "bead_cancelled", payload: { bead: "lib-2", reason: "not wanted" } }),
      );
    },
    items: ["rig_trouble lib"],
    leaves: ["lib-2"],
    lines: ["TROUBLED", "NO LONGER WAITED FOR"],
  },
  {
    ...byItself,
    name: "a rig's remote is found again by a look",
    breaks: (world) => {
      remoteIsAway(world);
      world.beads(4);
      world.clock.after(10 * MINUTE, () => {
        world.behaves = () => ({});
        const look = { ok: true, branch: "main", detail: "main is there", hint: null };
        world.tell({ type: "rig_looked", payload: { rig: "lib", repoUrl: "/lib.git", look } });
        if (world.attention.length > 0) world.violations.push("it is told of after a look has found it well");
      });
    },
    items: ["rig_trouble lib"],
    lines: ["TROUBLED", "MENDED"],
  },
  {
    ...usual,
    name: "agents are looked at while their rig's remote is away",
    agent: { preset: "claude", command: undefined },
    breaks: (world) => {
      remoteIsAway(world);
      world.beads(4);
      const hint = "Mend the rig's URL.";
      const checks = [
        { name: "repository" as const, ok: false, detail: "no such repository", hint, code: "fetch_failed" },
      ];
      for (let minute = 0; minute < 18; minute++)
        for (const agent of ["a1", "a2"])
          world.clock.after(minute * MINUTE, () => {
            const of = JSON.stringify(preflightOrder(world.town.tx, agent));
            world.tell({ type: "agent_preflighted", payload: { agent, of, checks } });
          });
    },
    meanwhile: (world) =>
      world
        .rows<{ id: string }>("SELECT id FROM agents WHERE troubles > 0 OR trouble IS NOT NULL")
        .map(({ id }) => `${id} is blamed for its rig's remote`),
    items: ["rig_trouble lib"],
    lines: ["TROUBLED", "MENDED"],
  },
  {
    ...usual,
    name: "a rig is said to be mended, and is not",
    breaks: (world) => {
      ofRig(world, "landing", failed("rig_trouble", "protected"));
      world.beads(4);
      for (const minutes of [5, 10])
        world.clock.after(minutes * MINUTE, () => world.tell({ type: "landings_retried", payload: { rig: "lib" } }));
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
