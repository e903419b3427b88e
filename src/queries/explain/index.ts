/** Why a bead is where it is: every gate in its way, in order, each with what it was judged by. */

import { targetOf } from "../../actions/index.ts";
import type { Tx } from "../../db/client.ts";
import { existingBead, theRig } from "../../db/existing.ts";
import type { Bead } from "../../db/schema.ts";
import type { StepContext } from "../../db/step.ts";
import { readTown } from "../../db/town-row.ts";
import { statusWords } from "../../lib/status-words.ts";
import { quoted } from "../../lib/text.ts";
import { earliest } from "../../lib/time.ts";
import { type Gate, gateNamed, gatesBefore } from "../../reconciler/gates/index.ts";
import type { WayOut } from "../../reconciler/gates/way-out.ts";
import type { InFlight } from "../../reconciler/in-flight.ts";
import { loadSnapshot } from "../../reconciler/load.ts";
import { type Plan, planTown } from "../../reconciler/plan.ts";
import { RepeatBook } from "../../reconciler/repeats.ts";
import { factsOf, type Preview } from "./facts.ts";
import { type LastTry, lastTryOf } from "./last-try.ts";

export interface Explanation {
  bead: string;
  status: Bead["status"];
  /** In one sentence. */
  summary: string;
  /** The fence of the attempt that is live now; null: none is. */
  runsAs: number | null;
  gates: (Pick<Gate, "name" | "untilMs"> & { ok: boolean; why: string | null })[];
  /** When the town looks at it again by itself; null: when something else happens. */
  nextLookMs: number | null;
  /** What the newest try that came to nothing printed last; null: none has. */
  lastTry: LastTry | null;
  /** What a person can do about the first gate that is shut. */
  unblock: WayOut | null;
}

/** What the next pass would do, without doing it, while these calls are out. */
export function previewPlan(tx: Tx, ctx: StepContext, inFlight: InFlight): Preview {
  const { repeats, ticks } = readTown(tx);
  const book = new RepeatBook(repeats, ctx.nowMs, ticks);
  const slots = inFlight.slotsBeside([]);
  const { actions, refused } = planTown(loadSnapshot(tx, ctx, book, slots));
  const isThrottled = (action: Plan["actions"][number]) => book.isThrottled(action.type, targetOf(action));
  return {
    actions: actions.filter((action) => !isThrottled(action)),
    refused,
    slots,
    throttled: book,
    heldBack: Object.entries(repeats)
      .filter(([key]) => {
        const [type = "", target = ""] = key.split(" ");
        return book.isThrottled(type, target);
      })
      .map(([key, { times, why, notBeforeMs }]) => ({ key, times, why, notBeforeMs })),
  };
}

/** A backoff ends by itself, and sooner than what keeps its agents. */
function decisive<G extends Explanation["gates"][number]>(first: G, gates: readonly G[]): G {
  if (first.name !== "backoff") return first;
  const lasts = ({ untilMs }: G) => untilMs === null || untilMs > (first.untilMs ?? 0);
  const kept = gates.find((gate) => !gate.ok && (gate.name === "preflight" || gate.name === "agent"));
  return kept && lasts(kept) ? kept : first;
}

const isOver = ({ status }: Bead): boolean => status === "closed" || status === "cancelled";

/** A rig is taken out when all its beads are over. An epic of it begins anew with a part in another rig. */
function ofRemovedRig(tx: Tx, bead: Bead): Explanation {
  const { id, status, rigId } = bead;
  const is = isOver(bead) ? `It is ${statusWords(status)}` : "It does not begin";
  return {
    ...{ bead: id, status, runsAs: null, lastTry: lastTryOf(tx, bead) },
    ...{ summary: `${is}; its rig ${rigId} was removed.`, gates: [], nextLookMs: null, unblock: null },
  };
}

/** @throws Refusal 404 */
export function explainBead(tx: Tx, id: string, ctx: StepContext, plan: Preview): Explanation {
  const bead = existingBead(tx, id);
  if (!theRig(tx).get({ id: bead.rigId })) return ofRemovedRig(tx, bead);
  const facts = factsOf(tx, bead, ctx, plan);
  const base = { bead: id, status: bead.status, runsAs: facts.live?.fence ?? null, lastTry: lastTryOf(tx, bead) };
  if (facts.live) {
    const { kind, agentId, fence, progress } = facts.live;
    const what = kind === "run" ? `runs on ${agentId}` : "is landing";
    // What its host says of a landing; an agent's words are none of ours.
    const at = kind === "landing" && progress !== null ? `: ${quoted(progress)}` : "";
    return {
      ...base,
      summary: `It ${what} as fence ${fence}${at}.`,
      gates: [],
      nextLookMs: facts.live.leaseUntilMs,
      unblock: null,
    };
  }
  if (isOver(bead))
    return { ...base, summary: `It is ${statusWords(bead.status)}.`, gates: [], nextLookMs: null, unblock: null };
  let isShut = false;
  const gates = gatesBefore[facts.kind].map((gate) => {
    const isSaid = !gate.isTurn || !isShut || facts.next.others > 0;
    const shut = isSaid ? gate.read(facts) : null;
    isShut ||= shut !== null;
    return { name: gate.name, ok: shut === null, why: shut?.why ?? null, untilMs: shut?.untilMs ?? null };
  });
  const first = gates.find(({ ok }) => !ok);
  return {
    ...base,
    summary: first
      ? `It waits: ${first.why?.replace(/\.$/, "")}.`
      : `It ${bead.status === "in_review" ? "lands" : "starts"} with the next pass.`,
    gates,
    nextLookMs: first ? earliest(...gates.map(({ untilMs }) => untilMs)) : ctx.nowMs,
    unblock: first ? (gateNamed(decisive(first, gates).name)?.wayOut(facts) ?? null) : null,
  };
}
