/** Tries of one bead, or one planned action, that come to nothing again and again: each for itself. */
import { desc, eq, sql } from "drizzle-orm";
import { failuresInARow } from "../../attempts/in-a-row.ts";
import { isRigsOwn } from "../../attempts/rig-trouble.ts";
import { attempts, type Bead, beads, OWN_HOST } from "../../db/schema.ts";
import { atMost, prepared } from "../../db/statements.ts";
import { isRepeated, type Repeated, repeatedActions } from "../../reconciler/repeated.ts";
import { pauseNow } from "../../reconciler/watch/staleness.ts";
import { mayBeAlive, retry, triedOf } from "./beads.ts";
import { COUNTED, countOf, type Finding, type Kind, type Look, post, said, WANTED } from "./item.ts";

const repeatedBeads = prepared((tx) =>
  tx.select().from(beads).where(isRepeated).orderBy(desc(beads.updatedAtMs)).limit(atMost(WANTED)).prepare(),
);

export const repeating: Kind = {
  severity: "warning",
  find(look) {
    const { tx, town, nowMs } = look;
    if (pauseNow(town, nowMs) || look.isTold("town", town.name)) return [];
    const tried = repeatedBeads(tx)
      .all()
      .flatMap((bead) => tries(look, bead));
    const told = new Set(tried.map(({ target }) => target.id));
    const actions = repeatedActions(tx, town, nowMs).filter(({ target }) => !told.has(target));
    return [...tried, ...actions.map((one) => action(look, one))].sort((a, b) => b.sinceMs - a.sinceMs);
  },
  count: ({ tx }) => countOf(tx, tx.select({ id: beads.id }).from(beads).where(isRepeated).limit(atMost(COUNTED))),
};

function tries(look: Look, bead: Bead): Finding[] {
  const { isTold, nowMs, tx } = look;
  if (isTold("bead", bead.id) || mayBeAlive(look, bead)) return [];
  const { what, sinceMs, hosts, isOver } = failuresInARow(tx, bead);
  if (isOver) return [];
  // What a host, a rig or an agent can't do is told of that.
  const failure = bead.lastFailure;
  if (isRigsOwn(tx, bead) || isTold("agent", bead.agentId ?? "")) return [];
  if (hosts.size > 0 && [...hosts].every((id) => isTold("host", id ?? OWN_HOST))) return [];
  return [
    {
      target: { type: "bead", id: bead.id },
      sinceMs,
      times: bead.dispatchFailures,
      tried: triedOf(bead),
      what: `${what}${failure ? `: ${said(failure)}` : ""}`,
      meanwhile: "it is tried again, after five minutes at the most; other beads go before it",
      nextMs: bead.notBeforeMs > nowMs ? bead.notBeforeMs : null,
      hint: "Mend what it says; then this request has it tried at once.",
      evidence: { bead: bead.id, title: bead.title, rig: bead.rigId, agent: bead.agentId, fence: bead.fence, failure },
      verb: retry(look, bead),
    },
  ];
}

/** A bug of ours, or a row that was changed by hand. */
function action({ tx, path }: Look, { action, target, times, sinceMs, notBeforeMs, why }: Repeated): Finding {
  const fence = sql`${Number(target)}`;
  const bead = /^\d+$/.test(target)
    ? tx.select({ id: attempts.beadId }).from(attempts).where(eq(attempts.fence, fence)).get()?.id
    : target;
  return {
    target: bead === undefined || bead === "town" ? { type: "town", id: target } : { type: "bead", id: bead },
    sinceMs,
    times,
    what: `${action} of ${target} was planned ${times} times and came to nothing: ${said({ message: why })}`,
    meanwhile: "that waits, a minute at most each time; all else goes on",
    nextMs: notBeforeMs,
    hint: "A bug of ours, or a row that was changed by hand: GET …/ticks says more.",
    evidence: { action, target, why },
    verb: post(`${path}/reconcile`),
  };
}
