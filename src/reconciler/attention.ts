/** What waits for a person, and the request that mends it. Rows only, in bounded number: it answers while the loop hangs. */
import { and, desc, isNotNull, type SQL, sql } from "drizzle-orm";
import { openBreakers } from "../db/attempts/breaker.ts";
import { isLive } from "../db/attempts/context.ts";
import { PAST_LIMIT } from "../db/attempts/limit.ts";
import { concernsAll, troubledRigs } from "../db/attempts/rig-trouble.ts";
import type { Tx } from "../db/client.ts";
import { theBead } from "../db/existing.ts";
import {
  agents,
  attempts,
  type Bead,
  beads,
  type Failure,
  type Incident,
  providers,
  events as quarantine,
} from "../db/schema.ts";
import { readTown } from "../db/town.ts";
import { spanText } from "../lib/stall.ts";
import { listOpen } from "./health/incidents.ts";
import { pastGate } from "./past-gate.ts";

export interface AttentionItem {
  kind:
    | "parked"
    | "escalated"
    | "past_limit"
    | "conflicts"
    | "agent_trouble"
    | "provider_trouble"
    | "breaker"
    | "rig_trouble"
    | "quarantined"
    | "held"
    | "past_gate"
    | "incident";
  sinceMs: number;
  what: string;
  evidence: Record<string, unknown>;
  /** The request that mends it. */
  verb: string | null;
  /** The same for a terminal, where there is a word for it. */
  command: string | null;
}

export interface Attention {
  items: AttentionItem[];
  /** Of some kind there are more than are shown. */
  more: boolean;
}

/** Of each kind, newest first. */
const SHOWN = 200;

/** So often in a row a provider's limit is no accident. */
const MANY_TROUBLES = 5;

/** A landing may come back once without anybody being at fault. */
const MANY_REWORKS = 2;
const HELD_LONG_MS = 7 * 86_400_000;

export function attentionOf(tx: Tx, nowMs: number): Attention {
  const path = `/v1/towns/${readTown(tx).name}`;
  const troubles = rigTroubles(tx, path);
  const kinds = [
    breaker(tx, path),
    troubles.map(({ item }) => item),
    incidents(tx, path, new Set(troubles.map(({ rig }) => rig))),
    escalated(tx, path, nowMs),
    pastLimit(tx, path),
    parked(tx, path),
    pastGate(tx, nowMs, SHOWN),
    conflicts(tx, path),
    agentTroubles(tx, path),
    providerTroubles(tx, path),
    quarantined(tx, path),
    held(tx, path, nowMs),
  ];
  return {
    items: kinds.flatMap((items) => items.slice(0, SHOWN)),
    more: kinds.some((items) => items.length > SHOWN),
  };
}

const npm = (words: string): string => `npm run town -- ${words}`;

function breaker(tx: Tx, path: string): AttentionItem[] {
  return openBreakers(tx, readTown(tx)).map(({ id, breaker: { failures, sinceMs, failure, openUntilMs } }) => {
    const where = id === null ? "" : ` of host ${id}`;
    const what = `${failures} starts${where} in a row have failed, and nothing is tried for now: ${failure.message}`;
    const verb = `POST ${path}/breaker/close${id === null ? "" : ` {"host":"${id}"}`}`;
    return {
      kind: "breaker",
      sinceMs,
      what,
      evidence: { host: id, failures, failure, openUntilMs },
      verb,
      command: null,
    };
  });
}

/** One item a rig, whatever waits there. Too few failures to wait for are nobody's business yet. */
function rigTroubles(tx: Tx, path: string): { rig: string; item: AttentionItem }[] {
  return troubledRigs(tx).flatMap(({ id, landingTrouble, pushTrouble }) => {
    const landings = landingTrouble && concernsAll(landingTrouble) ? landingTrouble : null;
    const worst = pushTrouble ?? landings;
    if (!worst) return [];
    const waits = pushTrouble ? (landings ? "runs and landings" : "runs") : "landings";
    const item: AttentionItem = {
      kind: "rig_trouble",
      sinceMs: Math.min(...[pushTrouble, landings].flatMap((trouble) => trouble?.sinceMs ?? [])),
      what: `${waits} of rig ${id} wait: ${worst.failure.message}`,
      evidence: { rig: id, landings, runs: pushTrouble },
      verb: `POST ${path}/rigs/${id}/landings/retry`,
      command: null,
    };
    return [{ rig: id, item }];
  });
}

/** @param troubled rigs whose trouble is told already: what waits to land there is part of that */
function incidents(tx: Tx, path: string, troubled: ReadonlySet<string>): AttentionItem[] {
  const isTold = ({ kind, evidence: { target } }: Incident): boolean => {
    const bead = kind === "spinning" && typeof target === "string" ? theBead(tx).get({ id: target }) : undefined;
    return bead?.status === "in_review" && troubled.has(bead.rigId);
  };
  return listOpen(tx)
    .filter(({ kind }) => kind === "stuck" || kind === "spinning" || kind === "starved")
    .filter((incident) => !isTold(incident))
    .map(({ id, kind, openedAtMs, cause, hint, evidence }) => {
      const bead = kind === "spinning" && evidence.action === "dispatch_agent" ? evidence.target : null;
      const verb = bead ? `/beads/${bead}/retry` : kind === "stuck" ? "/agents" : "/reconcile";
      return {
        kind: "incident",
        sinceMs: openedAtMs,
        what: cause,
        evidence: { incident: id, kind, hint, ...evidence },
        verb: `POST ${path}${verb}`,
        command: bead || kind === "stuck" ? null : npm("reconcile"),
      };
    });
}

/** Those that are being stopped need nobody any more. */
function escalated(tx: Tx, path: string, nowMs: number): AttentionItem[] {
  const sinceMs = sql<number>`coalesce(${attempts.agentActiveAtMs}, ${attempts.acceptedAtMs})`;
  const rows = tx
    .select({
      agent: sql<string>`${attempts.agentId}`,
      bead: attempts.beadId,
      fence: attempts.fence,
      progress: attempts.progress,
      sinceMs,
    })
    .from(attempts)
    .where(and(isLive, sql`${attempts.state} = 'running' AND ${attempts.stall} >= 2`))
    .orderBy(desc(sinceMs))
    .limit(SHOWN + 1)
    .all();
  return rows.map(({ sinceMs: silentSinceMs, ...run }) => ({
    kind: "escalated",
    sinceMs: silentSinceMs,
    what: `${run.agent} on ${run.bead} has done nothing for ${spanText(nowMs - silentSinceMs)}, though its process lives`,
    evidence: run,
    verb: `POST ${path}/agents/${run.agent}/stop ${JSON.stringify({ reason: "it stands still", fence: run.fence })}`,
    command: null,
  }));
}

const failedBy = (code: string): SQL => sql`json_extract(${beads.lastFailure}, '$.code') = ${code}`;

/** Those that their host did not end at their limit: until they are tried again, which only a host that keeps its word makes better. */
function pastLimit(tx: Tx, path: string): AttentionItem[] {
  const waiting = sql`${beads.notBeforeMs} > 0 AND ${beads.status} IN ('open', 'in_progress', 'in_review')`;
  return beadsWhere(tx, sql`${waiting} AND ${failedBy(PAST_LIMIT)}`, sql`${beads.updatedAtMs}`).map((bead) => ({
    kind: "past_limit",
    sinceMs: bead.lastFailure?.atMs ?? bead.updatedAtMs,
    what: `${bead.id}: ${bead.lastFailure?.message ?? "it lasted too long"}`,
    evidence: { bead: bead.id, title: bead.title, fence: bead.fence, failure: failureOf(bead) },
    verb: `GET ${path}/beads/${bead.id}`,
    command: null,
  }));
}

function beadsWhere(tx: Tx, condition: SQL, newest: SQL): Bead[] {
  return tx
    .select()
    .from(beads)
    .where(condition)
    .orderBy(desc(newest), desc(beads.seq))
    .limit(SHOWN + 1)
    .all();
}

const failureOf = ({ lastFailure }: Bead) => lastFailure && { ...lastFailure };

function parked(tx: Tx, path: string): AttentionItem[] {
  return beadsWhere(tx, sql`${beads.status} = 'failed'`, sql`${beads.closedAtMs}`).map((bead) => ({
    kind: "parked",
    sinceMs: bead.closedAtMs ?? bead.updatedAtMs,
    what: `${bead.id} is parked: ${bead.lastFailure?.message ?? "its budget is used up"}`,
    evidence: {
      bead: bead.id,
      title: bead.title,
      failures: bead.failures,
      reworks: bead.reworks,
      unpaidTries: bead.unpaidTries,
      failure: failureOf(bead),
    },
    verb: `POST ${path}/beads/${bead.id}/retry`,
    command: null,
  }));
}

function conflicts(tx: Tx, path: string): AttentionItem[] {
  const often = sql`${beads.reworks} >= ${sql.raw(String(MANY_REWORKS))} AND ${beads.status} IN ('open', 'in_progress', 'in_review')`;
  return beadsWhere(tx, often, sql`${beads.updatedAtMs}`).map((bead) => ({
    kind: "conflicts",
    sinceMs: bead.lastFailure?.atMs ?? bead.updatedAtMs,
    what: `${bead.id} came back from landing ${bead.reworks} times, and is tried again`,
    evidence: { bead: bead.id, title: bead.title, reworks: bead.reworks, failure: failureOf(bead) },
    verb: `PATCH ${path}/beads/${bead.id}`,
    command: null,
  }));
}

/** A person must log in, install something or make room: no wait mends it. Nor does one mend a limit that is met each time. */
const mustBeMended = ({ trouble, troubles }: typeof agents | typeof providers): SQL =>
  sql`(json_extract(${trouble}, '$.kind') = 'auth' OR json_extract(${trouble}, '$.code') IN ('command_missing', 'preflight_failed', 'low_disk') OR ${troubles} >= ${MANY_TROUBLES})`;

const hasTrouble = <T extends { trouble: Failure | null }>(row: T): row is T & { trouble: Failure } =>
  row.trouble !== null;

function agentTroubles(tx: Tx, path: string): AttentionItem[] {
  const rows = tx
    .select({
      id: agents.id,
      rig: agents.rigId,
      provider: agents.provider,
      troubles: agents.troubles,
      trouble: agents.trouble,
    })
    .from(agents)
    .where(and(isNotNull(agents.trouble), mustBeMended(agents)))
    .orderBy(desc(sql`json_extract(${agents.trouble}, '$.atMs')`), agents.id)
    .limit(SHOWN + 1)
    .all();
  return rows.filter(hasTrouble).map(({ id, trouble, ...agent }) => ({
    kind: "agent_trouble",
    sinceMs: trouble.atMs,
    what: `${id} can't work: ${trouble.message}`,
    evidence: { agent: id, ...agent, trouble },
    verb: `PATCH ${path}/agents/${id} ${JSON.stringify({ enabled: true })}`,
    command: npm(`enable ${id}`),
  }));
}

function providerTroubles(tx: Tx, path: string): AttentionItem[] {
  const rows = tx
    .select()
    .from(providers)
    .where(and(isNotNull(providers.trouble), mustBeMended(providers)))
    .orderBy(desc(sql`json_extract(${providers.trouble}, '$.atMs')`), providers.id)
    .limit(SHOWN + 1)
    .all();
  return rows.filter(hasTrouble).map(({ id, troubles, trouble }) => ({
    kind: "provider_trouble",
    sinceMs: trouble.atMs,
    what: `no agent of ${id} can work: ${trouble.message}`,
    evidence: { provider: id, troubles, trouble },
    verb: `POST ${path}/providers/${id}/retry`,
    command: null,
  }));
}

/** Kept for a person to read and to dismiss. Nothing waits for them, and no request applies them: each was tried five times. */
function quarantined(tx: Tx, path: string): AttentionItem[] {
  const { id, type, tries, error, receivedAtMs, quarantinedAtMs } = quarantine;
  const rows = tx
    .select({ id, type, tries, error, receivedAtMs, sinceMs: sql<number>`${quarantinedAtMs}` })
    .from(quarantine)
    .where(isNotNull(quarantinedAtMs))
    .orderBy(desc(id))
    .limit(SHOWN + 1)
    .all();
  return rows.map(({ sinceMs, ...event }) => ({
    kind: "quarantined",
    sinceMs,
    what: `event ${event.id} (${event.type}) could not be applied, ${event.tries} times: ${event.error}`,
    evidence: event,
    verb: `DELETE ${path}/quarantine/${event.id}`,
    command: null,
  }));
}

function held(tx: Tx, path: string, nowMs: number): AttentionItem[] {
  const sinceMs = sql`json_extract(${beads.hold}, '$.sinceMs')`;
  return beadsWhere(tx, sql`${beads.hold} IS NOT NULL AND ${sinceMs} < ${nowMs - HELD_LONG_MS}`, sinceMs).flatMap(
    (bead) =>
      bead.hold
        ? {
            kind: "held" as const,
            sinceMs: bead.hold.sinceMs,
            what: `${bead.id} is held for ${Math.floor((nowMs - bead.hold.sinceMs) / 86_400_000)} days by ${bead.hold.by}: ${bead.hold.why}`,
            evidence: { bead: bead.id, title: bead.title, by: bead.hold.by, why: bead.hold.why },
            verb: `PATCH ${path}/beads/${bead.id} ${JSON.stringify({ hold: null })}`,
            command: null,
          }
        : [],
  );
}
