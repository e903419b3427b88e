/** What is known of troubles that may be a bead's, an agent's or a provider's, and what comes of each failure that adds to it. */
import { eq, inArray, isNotNull, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { theAgent } from "../db/existing.ts";
import {
  type Agent,
  agents,
  type Bead,
  beads,
  type Doubt,
  type Failure,
  providers,
  type Strike,
} from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { clip } from "../lib/text.ts";
import { giveBackExcused } from "./give-back.ts";
import { type Cause, coolDownMs, goneOn } from "./policy.ts";
import { agentsOf, coolProvider, dropDoubts, ownOf, setDoubts } from "./providers.ts";
import { type Standing, type Verdict, whoseTrouble } from "./whose-trouble.ts";

/** How many of each are kept, the newest first. */
const KEPT = 10;
/** Characters kept of what a strike's run said. */
const SAID_CHARS = 300;

/** What a tool says of its own set-up. */
const SET_UP: ReadonlySet<string> = new Set(["unknown_model", "untrusted_folder", "setup"]);

/** What a run meets at its agent's provider or in its set-up, and may meet because of what its bead makes it do. */
export const needsEvidence = (cause: Cause): boolean =>
  isShared(cause) || (cause.kind === "refused" && SET_UP.has(cause.code));

/** What agents of one provider share. */
const isShared = ({ kind, code }: Cause): boolean =>
  kind === "auth" || (kind === "provider_limited" && code !== "model_limited");

export interface Judged {
  whose: Verdict["whose"];
  /** How often the bead has met it. */
  strikes: readonly Strike[];
}

interface Met {
  agent: Agent;
  bead: Bead;
  trouble: Failure;
  retryAfterMs: number | undefined;
}

/** Writes down that a run of this bead met a trouble that needs evidence, and does what follows from it to the agent, provider or bead that is to blame. */
export function judgeTrouble(tx: Tx, met: Met, ctx: StepContext): Judged {
  const { bead, trouble } = met;
  // What is not its provider's stays its own.
  const agent = isShared(trouble) ? met.agent : { ...met.agent, provider: null };
  const { id, provider } = agent;
  const { kind, atMs } = trouble;
  const before = bead.strikes ?? [];
  const { whose, isFresh, isRepeat } = whoseTrouble({
    ...{ bead: bead.id, agent: id, provider, kind, strikes: before },
    sick: sickOf(tx, agent),
    doubts: agent.doubts ?? [],
    standing: (other) => standingOf(tx, other, bead.id),
  });
  const isExcused = whose === "agent" || whose === "provider";
  const message = clip(trouble.message, SAID_CHARS);
  const strikes = [...before, { agent: id, provider, kind, message, atMs, isFresh, isExcused }].slice(-KEPT);
  tx.update(beads).set({ strikes }).where(eq(beads.id, bead.id)).run();
  if (whose === "provider" && provider !== null) blameProvider(tx, agent, provider, met, ctx);
  else if (whose === "agent") blameAgent(tx, { ...met, agent }, ctx);
  else if (whose === "bead") clearOf(tx, bead.id);
  else keepApart(tx, { ...met, agent }, isRepeat, strikes.filter((strike) => strike.kind === kind).length, ctx);
  return { whose, strikes };
}

/** Why a bead is parked that is to blame, for people. */
export function beadsOwn(strikes: readonly Strike[], { kind }: Cause): string {
  const met = strikes.filter((strike) => strike.kind === kind);
  const names = [...new Set(met.map(({ agent }) => agent))].join(", ");
  return `${met.length} runs of it (${names}) ended so, and no other bead of theirs did`;
}

/** In a trouble that was found to be its own, or its provider's, by more than one bead. */
function sickOf(tx: Tx, agent: Agent): "agent" | "provider" | null {
  const { provider, trouble, troubles } = agent;
  const of = provider === null ? undefined : tx.select().from(providers).where(eq(providers.id, provider)).get();
  if (of && of.troubles > 0) return "provider";
  return troubles > 0 && trouble !== null && needsEvidence(trouble) && ownOf(agent).length === 0 ? "agent" : null;
}

/** An agent that is gone is in no trouble. */
function standingOf(tx: Tx, id: string, bead: string): Standing {
  const agent = theAgent(tx).get({ id });
  if (!agent) return { isClean: true, wellAtMs: 0 };
  const isClean = sickOf(tx, agent) === null && ownOf(agent).every((doubt) => doubt.bead === bead || doubt.isRepeat);
  return { isClean, wellAtMs: wellAtMsOf(tx, agent) };
}

function wellAtMsOf(tx: Tx, { provider, wellAtMs }: Agent): number {
  if (provider === null) return wellAtMs;
  const row = tx
    .select({ atMs: sql<number | null>`max(${agents.wellAtMs})` })
    .from(agents)
    .where(eq(agents.provider, provider))
    .get();
  return row?.atMs ?? 0;
}

/**
 * The agent goes on with other beads at once: what it meets there is what tells. This bead it is not given again for a while that
 * rises with each time, nor is any other agent of its provider.
 */
function keepApart(
  tx: Tx,
  { agent, bead, trouble, retryAfterMs }: Met,
  isRepeat: boolean,
  times: number,
  ctx: StepContext,
): void {
  const { kind, atMs } = trouble;
  ctx.troubled?.();
  const untilMs = ctx.nowMs + coolDownMs(trouble, times, retryAfterMs, ctx);
  const one: Doubt = { bead: bead.id, agent: agent.id, kind, atMs, isRepeat, untilMs };
  const add = (doubts: readonly Doubt[] | null) =>
    [...(doubts ?? []).filter((each) => each.bead !== bead.id || each.agent !== agent.id), one].slice(-KEPT);
  tx.update(agents)
    .set({ trouble: goneOn(trouble, agent.trouble), troubles: agent.troubles + 1, doubts: add(agent.doubts) })
    .where(eq(agents.id, agent.id))
    .run();
  if (agent.provider === null) return;
  const known = tx.select().from(providers).where(eq(providers.id, agent.provider)).get();
  const doubts = add(known?.doubts ?? null);
  tx.insert(providers)
    .values({ id: agent.provider, doubts })
    .onConflictDoUpdate({ target: providers.id, set: { doubts } })
    .run();
  for (const other of agentsOf(tx, agent.provider)) if (other.id !== agent.id) setDoubts(tx, other, add(other.doubts));
}

function blameAgent(tx: Tx, { agent, trouble: met, retryAfterMs }: Met, ctx: StepContext): void {
  const trouble = goneOn(met, agent.trouble);
  excuse(tx, ownOf(agent), ({ agent: id }) => id === agent.id);
  const troubles = agent.troubles + 1;
  const notBeforeMs = ctx.nowMs + coolDownMs(trouble, troubles, retryAfterMs, ctx);
  ctx.troubled?.();
  tx.update(agents).set({ troubles, trouble, notBeforeMs, doubts: null }).where(eq(agents.id, agent.id)).run();
  if (agent.provider !== null) dropDoubts(tx, agent.provider, (doubt) => doubt.agent === agent.id);
  giveBackExcused(tx, { of: "agent", id: agent.id, wellAtMs: agent.wellAtMs, kind: met.kind }, ctx);
}

function blameProvider(tx: Tx, agent: Agent, provider: string, met: Met, ctx: StepContext): void {
  excuse(tx, agent.doubts ?? [], (strike) => strike.provider === provider);
  // What was in doubt until now was this already.
  const sinceMs = Math.min(met.trouble.atMs, ...(agent.doubts ?? []).map(({ atMs }) => atMs));
  coolProvider(tx, provider, { ...met.trouble, sinceMs }, met.retryAfterMs, ctx);
  tx.update(agents).set({ doubts: null }).where(eq(agents.provider, provider)).run();
  tx.update(providers).set({ doubts: null }).where(eq(providers.id, provider)).run();
  giveBackExcused(tx, { of: "provider", id: provider, wellAtMs: wellAtMsOf(tx, agent), kind: met.trouble.kind }, ctx);
}

/** Trouble that was found to be an agent's or a provider's counts against none of the beads that met it. */
function excuse(tx: Tx, doubts: readonly Doubt[], which: (strike: Strike) => boolean): void {
  const ids = [...new Set(doubts.map(({ bead }) => bead))];
  if (ids.length === 0) return;
  for (const { id, strikes } of tx.select().from(beads).where(inArray(beads.id, ids)).all())
    if (strikes)
      tx.update(beads)
        .set({ strikes: strikes.map((strike) => (which(strike) ? { ...strike, isExcused: true } : strike)) })
        .where(eq(beads.id, id))
        .run();
}

/** The bead is to blame, or an operator wants it tried again: no agent has a doubt because of it any more. */
export function clearOf(tx: Tx, bead: string): void {
  const isOf = (doubt: Doubt) => doubt.bead === bead;
  for (const { id, doubts } of tx.select().from(providers).where(isNotNull(providers.doubts)).all())
    if (doubts?.some(isOf)) dropDoubts(tx, id, isOf);
  for (const agent of tx.select().from(agents).where(isNotNull(agents.doubts)).all()) {
    if (!agent.doubts?.some(isOf)) continue;
    const doubts = agent.doubts.filter((doubt) => !isOf(doubt));
    const isOver = ownOf(agent).length > 0 && ownOf({ ...agent, doubts }).length === 0;
    setDoubts(tx, agent, doubts);
    if (isOver) tx.update(agents).set({ troubles: 0, trouble: null }).where(eq(agents.id, agent.id)).run();
  }
}
