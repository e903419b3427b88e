/** What a pass notices of itself, once everything is done: incidents, troubles, counters. None of it changes what is planned. */
import { changedIn } from "../db/changes.ts";
import type { Tx } from "../db/client.ts";
import type { Incident, TickRecord } from "../db/schema.ts";
import { readTown } from "../db/town-row.ts";
import { actorWords } from "../lib/origin.ts";
import { announceAttention } from "../webhooks/attention.ts";
import { hasWebhooks } from "../webhooks/subscriptions.ts";
import type { Begun, PassInput } from "./begin.ts";
import { onRecord, orWhyNot } from "./bookkeeping.ts";
import { countDuration, countTick } from "./counters.ts";
import { recordOf } from "./effects.ts";
import type { Done } from "./wake.ts";
import { desiredNews, endOverdue, trackIncidents } from "./watch/incidents.ts";
import { type ReportedTroubles, trackTroubles } from "./watch/troubles.ts";

interface Observed {
  /** Lines for the operator's log. */
  news: string[];
  reported: ReportedTroubles | null;
}

/** Conditions begin and end by time as well, so every pass that is not quiet looks for them. */
export function observe(
  tx: Tx,
  { before, heard, input, ctx, book, reported }: Begun,
  done: Done & { completes: boolean },
  starvingSinceMs: number | null,
): Observed {
  const { nowMs } = ctx;
  const after = readTown(tx);
  const news = desiredNews(before, after);
  const state = { ...after, errorStreak: 0, repeats: book.toJSON(), starvingSinceMs };
  const healedBy = (kind: Incident["kind"]) => (done.incidentsBefore.has(kind) ? operatorOf(input) : "the loop itself");
  if (!done.isQuiet)
    news.push(...orWhyNot("an incident", () => trackIncidents(tx, state, nowMs, healedBy, done.planned.wakeInputs)));
  const troubles =
    reported && !done.isQuiet && (reported.some || heard.troubled) ? trackTroubles(tx, reported, nowMs) : null;
  news.push(...(troubles?.lines ?? []));
  if (done.completes && after.openIncidents > 0) {
    const by = healer(input.first || input.settled.some(({ of }) => of.left === 0 && of.first));
    news.push(...onRecord(tx, "an incident", (inner) => endOverdue(inner, nowMs, by)));
  }
  // Last of all: what waits for a person comes of all the rest.
  if (!done.isQuiet && hasWebhooks(readTown(tx)) && input.facts.length + changedIn(tx).length > 0)
    news.push(
      ...onRecord(tx, "what waits for a person", (inner) => {
        announceAttention(inner, () => input.waiting(inner, nowMs), nowMs);
        return [];
      }),
    );
  return { news, reported: troubles?.reported ?? reported };
}

/** Whose command this pass applies. */
function operatorOf({ facts }: PassInput): string {
  const origins = facts.map((fact) => ("origin" in fact ? fact.origin : undefined));
  return actorWords(origins.find(Boolean)?.actor);
}

/** To whom it is owed that a tick completes again, unless the watchtower saw to it. */
const healer = (first: boolean): string => (first ? "a restart" : "the loop itself");

/** Totals since the town was made, with this pass. */
export function countPass(
  tx: Tx,
  { heard, input: { settled }, ctx }: Begun,
  ticked: { actions: TickRecord["actions"]; latenessMs: number | null; eventful: boolean },
): Record<string, number> {
  const outcomes = settled.map(recordOf);
  const counted = countTick(readTown(tx).counters, { ...ticked, settled: outcomes, ended: heard.ended });
  const through = settled.filter(({ of }) => of.left === 0);
  return through.reduce((sum, { of }) => countDuration(sum, Math.max(0, ctx.nowMs - of.startedAtMs)), counted);
}
