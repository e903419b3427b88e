import type { Mutant } from "./mutant.ts";

const PLAN = "src/reconciler/plan-and-claim.ts";
const WITHDRAW = "src/reconciler/withdraw-shut.ts";

/** What is about to leave when somebody says that it must not; and who has to wait for whom. */
export const launch: readonly Mutant[] = [
  {
    name: "claims-outlive-a-pause",
    why: "a town is paused, and starts that were being prepared go out after the answer",
    edits: [
      {
        file: PLAN,
        find: "const withdrawn = withdrawShut(tx, inFlight, first.waiting, ctx);",
        replace: "const withdrawn = ctx.nowMs < 0 ? withdrawShut(tx, inFlight, first.waiting, ctx) : [];",
      },
    ],
  },
  {
    name: "withdrawn-and-sent",
    why: "a start is taken back in rows, and its host is asked all the same",
    scenario: "paused while a start is prepared, and resumed",
    edits: [
      {
        file: "src/reconciler/loop.ts",
        find: "for (const { id, why } of pass.withdrawn) this.#calls.withdraw(id, why);",
        replace: "",
      },
    ],
  },
  {
    name: "given-up-and-sent",
    why: "a claim's lease ends while its request is prepared once more: it is given up in rows, and its host is asked all the same",
    scenario: "a start that is asked for again is given up while its request is prepared",
    edits: [{ file: PLAN, find: "released.has(fence)", replace: "released.has(-fence)" }],
  },
  {
    name: "disabled-agent-started",
    why: "somebody disables an agent, and it begins a bead after the answer",
    scenario: "disabled while its start is prepared, and enabled",
    edits: [
      { file: WITHDRAW, find: "if (agent && !agent.enabled)", replace: "if (agent && !agent.enabled && nowMs < 0)" },
    ],
  },
  {
    name: "drained-and-started",
    why: "a town that drains for a deployment begins one more run",
    scenario: "drained while a start is prepared, and deployed",
    edits: [{ file: WITHDRAW, find: "if (draining)", replace: "if (draining && nowMs < 0)" }],
  },
  {
    name: "withdrawn-keeps-its-agent",
    why: "a start is taken back, and its agent stays busy with nothing",
    edits: [
      {
        file: "src/attempts/withdraw.ts",
        find: 'status: "idle", fence: null, ...(!keepsHook',
        replace: "fence: null, ...(!keepsHook",
      },
    ],
  },
  {
    name: "withdrawn-bead-lost",
    why: "a start is taken back, and its bead is in progress with nobody",
    scenario: "paused while a start is prepared, and resumed",
    edits: [
      {
        file: "src/attempts/withdraw.ts",
        find: 'status: "open", agentId: null',
        replace: 'status: "in_progress", agentId: null',
      },
    ],
  },
  {
    name: "stops-starve-starts",
    why: "what waits in one lane keeps slots of another: hanging stops hold up starts",
    scenario: "a run is nudged while a start hangs at its host",
    edits: [
      {
        file: "src/reconciler/slots.ts",
        find: 'const keyOf = ({ kind, host }: Lane): string => `${kind} ${host ?? ""}`;',
        replace: 'const keyOf = ({ host }: Lane): string => host ?? "";',
      },
    ],
  },
  {
    name: "slot-freed-unnoticed",
    why: "a bead waits for a slot, the slot comes free with an accepted start, and nobody plans",
    edits: [
      {
        file: PLAN,
        find: "const queued = planned.refused.some(({ gate }) => gateNamed(gate.name)?.isQueue);",
        replace: "const queued = false;",
      },
    ],
  },
  {
    name: "slot-kept-for-nobody",
    why: "a slot is kept for a start whose lease is over by then, and a ready bead waits for it beside an idle agent",
    scenario: "nobody looks until the leases of starts are over that were on their way",
    edits: [
      {
        file: PLAN,
        find: "if (!claimed.rolledBack && !isLeft) {",
        replace: "if (!claimed.rolledBack && !(isLeft && ctx.nowMs < 0)) {",
      },
    ],
  },
  {
    name: "a-slot-without-an-alarm",
    why: "what waits for a slot whose call was settled by a report is known to one incarnation alone, and dies with it",
    scenario: "a run is over before its answer, which is no",
    edits: [
      {
        file: "src/reconciler/in-flight.ts",
        find: "return earliest(...Array.from(this.#calls.values(), ({ untilMs }) => untilMs));",
        replace: "return null;",
      },
    ],
  },
];
