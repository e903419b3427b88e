/** One bead that comes to nothing, beside others that do well. */
import { beadInput } from "../../../src/commands/inputs.ts";
import { failed } from "../../crashpoints/host.ts";
import type { Conduct, Said } from "../../crashpoints/scenario.ts";
import type { ChaosWorld } from "../world.ts";
import { type Case, DAY, HOUR, MINUTE } from "./case.ts";
import { usual } from "./usual.ts";

/** The first bead is the neighbours'. */
const BAD = "lib-2";

/** From now on the host treats this bead so, until it is told otherwise. */
function treats(world: ChaosWorld, bead: string, how: Partial<Record<"run" | "landing", Partial<Conduct>>>): void {
  world.behaves = ({ kind, order }) => (order.bead === bead ? (how[kind] ?? {}) : {});
}

/** One bad bead and four good ones of its rig. */
const bad = (how: Parameters<typeof treats>[2]) => (world: ChaosWorld) => {
  treats(world, BAD, how);
  world.beads(5);
};

const rejected = (code: "conflict" | "gate_failed"): Said => ({
  kind: "rejected",
  code,
  message: code,
  outputTail: "",
});
/** One bead may need some time until it is parked. */
const ofBeads = { ...usual, withinMs: 10 * MINUTE };

const POISON = [BAD, "lib-3"];
const limited = { ...failed("provider_limited", "limit"), retryAfterMs: 5_000 } as Said;

/** Two bad beads that are begun first, and five good ones. */
const poison = (says: Said) => (world: ChaosWorld) => {
  world.behaves = ({ kind, order }) => (kind === "run" && POISON.includes(order.bead) ? { says, workMs: 2_000 } : {});
  world.beads(7);
};

/** The good ones have landed within three starts each, the bad ones are parked with evidence, and every agent is fit for work. */
function goodsHaveLanded(world: ChaosWorld): string[] {
  const bad = POISON.map((id) => `'${id}'`).join(", ");
  const starts = "(SELECT count(*) FROM attempts a WHERE a.bead_id = b.id AND a.kind = 'run')";
  const strikes = "coalesce(json_array_length(strikes), 0)";
  return [
    `SELECT id || ' is ' || status || ' after ' || ${starts} || ' starts' AS what FROM beads b
      WHERE rig_id = 'lib' AND id NOT IN (${bad}) AND (status <> 'closed' OR ${starts} > 3)`,
    `SELECT id || ' is ' || status || ', with ' || ${strikes} || ' strikes' AS what FROM beads
      WHERE id IN (${bad}) AND (status <> 'failed' OR ${strikes} < 2)`,
    "SELECT id || ' is in trouble' AS what FROM agents WHERE troubles > 0 OR not_before_ms > 0 OR doubts IS NOT NULL",
  ].flatMap((query) => world.rows<{ what: string }>(query).map(({ what }) => what));
}

export const beadCases: readonly Case[] = [
  {
    ...ofBeads,
    name: "two poison beads meet their provider's limit each time",
    breaks: poison(limited),
    meanwhile: goodsHaveLanded,
    items: POISON.map((id) => `parked ${id}`),
    lines: ["PARKED", "PARKED", "REVIVED", "REVIVED"],
  },
  {
    ...ofBeads,
    name: "two poison beads are never let in",
    breaks: poison(failed("auth", "not_logged_in")),
    meanwhile: goodsHaveLanded,
    items: POISON.map((id) => `parked ${id}`),
    lines: ["PARKED", "PARKED", "REVIVED", "REVIVED"],
  },
  {
    ...ofBeads,
    name: "one bead's start is refused each time",
    breaks: bad({ run: { answer: "no", beginsAfterMs: null } }),
    verdict: "spinning",
    healedBy: "an operator",
    items: [`repeating ${BAD}`],
    lines: ["SPINNING", "SETTLED"],
  },
  {
    ...ofBeads,
    name: "one bead's runs are lost each time",
    breaks: bad({ run: { says: failed("lost", "host_restarted") } }),
    verdict: "spinning",
    healedBy: "an operator",
    items: [`repeating ${BAD}`],
    lines: ["SPINNING", "SETTLED"],
  },
  {
    ...ofBeads,
    name: "one bead's landing is refused each time",
    breaks: bad({ landing: { answer: "reject", beginsAfterMs: null } }),
    verdict: "spinning",
    onTheWay: ["spinning"],
    healedBy: "an operator",
    items: [`repeating ${BAD}`],
    lines: ["SPINNING", "SETTLED"],
  },
  {
    ...ofBeads,
    name: "one bead's runs fail until its budget is used up",
    breaks: bad({ run: { ends: "badly" } }),
    items: [`parked ${BAD}`],
    lines: ["PARKED", "REVIVED"],
  },
  {
    ...ofBeads,
    name: "one bead's landings conflict until its budget is used up",
    breaks: bad({ landing: { says: rejected("conflict") } }),
    items: [`parked ${BAD}`],
    itemsOnTheWay: [`returned ${BAD}`],
    lines: ["RETURNED", "PARKED", "REVIVED"],
  },
  {
    ...ofBeads,
    name: "the gate fails on one bead twice",
    settings: { reworkBudget: 100 },
    breaks: bad({ landing: { says: rejected("gate_failed") } }),
    items: [`returned ${BAD}`],
    lines: ["RETURNED", "REVIVED"],
  },
  {
    ...ofBeads,
    name: "work came past its gate, which fails on it",
    breaks: bad({ landing: { ends: "past_gate" } }),
    items: [`parked ${BAD}`],
    lines: ["PAST THE GATE", "PARKED", "REVIVED"],
  },
  {
    ...ofBeads,
    name: "work came past its gate, which passes on it",
    breaks: bad({ landing: { says: { kind: "landed", head: "f".repeat(40), note: "It was there.", pastGate: true } } }),
    items: ["past_gate 1"],
    lines: ["PAST THE GATE", "DISMISSED"],
  },
  {
    ...ofBeads,
    name: "a bead waits for one that was cancelled",
    breaks: (world) => {
      world.beads(1);
      const waits = beadInput.parse({ rig: "lib", title: "waits", dependsOn: [BAD] });
      world.tell({ type: "beads_created", payload: { beads: [waits] } });
      world.tell({ type: "bead_cancelled", payload: { bead: BAD, reason: "not wanted" } } as never);
    },
    items: ["cut_off lib-3"],
    leaves: [BAD],
    lines: ["CUT OFF", "FREED"],
  },
  {
    ...ofBeads,
    name: "a run lives and does nothing",
    breaks: bad({ run: { ends: "stands", workMs: 5_000 } }),
    mendsAtMs: HOUR,
    endsAtMs: 2 * HOUR,
    withinMs: 50 * MINUTE,
    items: ["escalated a1"],
    lines: ["SILENT", "NO LONGER SILENT"],
  },
  {
    ...ofBeads,
    name: "somebody holds a bead, and forgets it",
    breaks: (world) => {
      world.tell({ type: "agent_changed", payload: { agent: "a1", enabled: false } } as never);
      world.beads(1);
      world.tell({
        type: "bead_edited",
        payload: { bead: "lib-1", hold: { by: "ann", why: "the freeze" } },
      } as never);
      world.tell({ type: "agent_changed", payload: { agent: "a1", enabled: true } } as never);
    },
    agents: 1,
    healedBy: "an operator",
    lines: ["STUCK", "HELD", "SERVED", "UNHELD"],
    mendsAtMs: 8 * DAY,
    withinMs: 7 * DAY + HOUR,
    endsAtMs: 8 * DAY + HOUR,
    neighboursWithinMs: null,
    items: [`held lib-1`],
  },
];
