import type { Mutant } from "./mutant.ts";

const ACTION = "src/actions/deliver-webhook.ts";
const DELIVERIES = "src/webhooks/deliveries.ts";
const TOLD = "a webhook is told of what landed and what was parked, and takes nothing the first time";

/** Who else is told of what happens. */
export const webhooks: readonly Mutant[] = [
  {
    name: "a-delivery-is-tried-once",
    why: "a receiver that was away for a second never hears of what landed meanwhile",
    scenario: TOLD,
    edits: [
      {
        file: DELIVERIES,
        find: 'const next = waitMs === null ? { state: "failed" as const } : { nextAtMs: nowMs + waitMs };',
        replace: 'const next = { state: "failed" as const, nextAtMs: nowMs + (waitMs ?? 0) };',
      },
    ],
  },
  {
    name: "a-repeat-is-a-new-message",
    why: "a receiver can't tell that it was told before, and does its work twice",
    scenario: TOLD,
    edits: [
      {
        file: ACTION,
        find: "id: messageIdOf(readTown(tx), id)",
        replace: "id: messageIdOf(readTown(tx), id + 1_000 * delivery.tries)",
      },
    ],
  },
  {
    name: "a-webhook-is-told-beside-its-call",
    why: "what happened later is told before what happened first, and one receiver has all the calls",
    scenario: TOLD,
    edits: [{ file: "src/lib/lane.ts", find: "webhook: 1 };", replace: "webhook: 3 };" }],
  },
  {
    name: "a-webhook-that-is-gone-is-nobodys-trouble",
    why: "a receiver says once that it is gone, nothing is told from then on, and no person hears of that",
    scenario: "a webhook is removed while a call is out, and another's receiver is gone",
    edits: [
      {
        file: "src/queries/attention/webhooks.ts",
        find: "if (givenUp === null) return [];",
        replace: 'if (givenUp?.code !== "failing") return [];',
      },
    ],
  },
  {
    name: "nobody-wakes-for-a-delivery",
    why: "a delivery that failed waits until the town has something else to do",
    scenario: TOLD,
    edits: [
      {
        file: "src/reconciler/record.ts",
        find: "isQuiet ? wake.wakeAtMs : withDeliveries(tx, wake.wakeAtMs, begun, planned)",
        replace: "wake.wakeAtMs",
      },
    ],
  },
];
