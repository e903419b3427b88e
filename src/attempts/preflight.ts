/**
 * What a host finds before an agent spends anything. What it finds of the agent cools that down as any trouble of its own does, and
 * so ends by itself: the worst an old result can do is make it wait. What it finds of the remote is the rig's.
 */
import { eq } from "drizzle-orm";
import { argvOf } from "../agents/index.ts";
import type { Tx } from "../db/client.ts";
import { existingAgent, existingRig } from "../db/existing.ts";
import { type Agent, agents, type Failure, type Preflight, rigs } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { readTown } from "../db/town-row.ts";
import { rigFor } from "../lib/branch.ts";
import type { PreflightOrder } from "../ports/ports.ts";
import { coolDownMs, goneOn } from "./policy.ts";
import { troubleSeen } from "./rig-trouble.ts";
import { failureSeen, rigSeenWell, whichSeen } from "./rig-well.ts";

/** A new agent waits so long at most for the answer. */
const PATIENCE_MS = 30_000;
const CODE = "preflight_failed";

/** Presets are looked at by themselves; what any other command needs is not known. */
const isLookedAt = ({ program }: Pick<Agent, "program">): boolean => program != null && program.preset !== "exec";

/** Of an agent that is new, or runs another program from now on. */
export function awaitPreflight(agent: Pick<Agent, "program" | "notBeforeMs">, nowMs: number): Partial<Agent> {
  if (!isLookedAt(agent)) return { preflight: null };
  const preflight: Preflight = { state: "pending", atMs: nowMs, checks: [] };
  return { preflight, notBeforeMs: Math.max(agent.notBeforeMs, nowMs + PATIENCE_MS) };
}

/** Whichever host is asked, and how closely it looks. @throws Refusal 404 */
export function preflightOrder(tx: Tx, id: string): Omit<PreflightOrder, "host" | "call"> {
  const agent = existingAgent(tx, id);
  const rig = tx.select().from(rigs).where(eq(rigs.id, agent.rigId)).get();
  if (!rig) throw new Error("an agent is of a rig");
  const { command, program, env } = agent;
  return {
    town: readTown(tx).name,
    agent: id,
    rig: rigFor(rig, { landsOn: null }, readTown(tx).settings.branchPrefix),
    command: argvOf(command, program),
    program,
    env,
  };
}

/** @param checks null: the host could not be asked */
export function keepPreflight(tx: Tx, agent: Agent, checks: Preflight["checks"] | null, ctx: StepContext): Agent {
  const { nowMs } = ctx;
  const state = checks === null ? "unknown" : checks.every(({ ok }) => ok) ? "passed" : "failed";
  const bad = checks?.find(({ ok, name }) => !ok && !isOfRig(name));
  if (checks !== null) tellRig(tx, agent, checks, ctx);
  const preflight: Preflight = { state, atMs: nowMs, checks: checks ?? [] };
  // A trouble that something real ran into says more than this.
  const speaks = agent.trouble === null || agent.trouble.code === CODE;
  const change = !speaks || agent.status !== "idle" ? {} : bad ? trouble(agent, bad, ctx) : untroubled(agent);
  return tx
    .update(agents)
    .set({ preflight, ...change })
    .where(eq(agents.id, agent.id))
    .returning()
    .get();
}

type Check = Preflight["checks"][number];
const isOfRig = (name: string): boolean => name === "repository" || name === "push";

/** For every agent of the rig: it is in trouble, or no longer. */
function tellRig(tx: Tx, { rigId }: Agent, checks: readonly Check[], ctx: StepContext): void {
  const rig = existingRig(tx, rigId);
  const isWell = (which: string) => checks.some(({ name, ok }) => name === which && ok);
  const isRead = isWell("repository");
  const seen = rigSeenWell(tx, rig, { isRead, hasBranch: isRead, isPushed: isWell("push") }, ctx);
  const bad = checks.find(({ ok, name }) => !ok && isOfRig(name));
  if (!bad) return;
  const code = bad.code ?? CODE;
  troubleSeen(tx, seen, whichSeen(code), failureSeen(code, bad, ctx), ctx);
}

/** Asked for or not, another look at what is known already makes it wait no longer. */
function trouble(agent: Agent, { name, detail, hint }: Check, ctx: StepContext): Partial<Agent> {
  const message = `${name}: ${detail.replace(/\.$/, "")}${hint ? `. ${hint}` : ""}`;
  const failure: Failure = { kind: "refused", code: CODE, message, atMs: ctx.nowMs };
  ctx.troubled?.();
  const found = { trouble: goneOn(failure, agent.trouble) };
  if (agent.trouble !== null) return found;
  const troubles = agent.troubles + 1;
  return { ...found, troubles, notBeforeMs: ctx.nowMs + coolDownMs(failure, troubles, undefined, ctx) };
}

const untroubled = ({ trouble, preflight }: Agent): Partial<Agent> =>
  trouble !== null || preflight?.state === "pending" ? { troubles: 0, trouble: null, notBeforeMs: 0 } : {};

/** What keeps an agent from work because of its preflight, or null. */
export function preflightBar({ preflight, trouble, notBeforeMs }: Agent, nowMs: number): string | null {
  if (notBeforeMs <= nowMs) return null;
  if (trouble?.code === CODE) return `its preflight failed: ${trouble.message}`;
  return trouble === null && preflight?.state === "pending" ? "its preflight is under way" : null;
}
