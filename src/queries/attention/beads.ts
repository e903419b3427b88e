/** Beads that wait for a person, and those that keep coming back. */
import { and, desc, eq, inArray, type SQL, sql } from "drizzle-orm";
import { PAST_LIMIT } from "../../attempts/limit.ts";
import { earliestTry } from "../../attempts/pace.ts";
import { countCutOff, cutOffBeads } from "../../beads/cut-off.ts";
import { MANY_REWORKS } from "../../beads/over.ts";
import { type Bead, beadDependencies, beadNotes, beads, town } from "../../db/schema.ts";
import { atMost, prepared, slot } from "../../db/statements.ts";
import { counted, quoted } from "../../lib/text.ts";
import { COUNTED, countOf, type Finding, type Kind, type Look, patch, post, said, type Tried, WANTED } from "./item.ts";

interface Beads {
  severity: Kind["severity"];
  /** In the words of its index. */
  which: (weekAgoMs: number) => SQL;
  newest: SQL;
  tell(bead: Bead, look: Look): Omit<Finding, "target"> | null;
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** A kind whose items are beads, each found through an index that holds no others. */
function beadKind({ severity, which, newest, tell }: Beads): Kind {
  const newestFirst = prepared((tx) =>
    tx
      .select()
      .from(beads)
      .where(which(slot("weekAgoMs")))
      .orderBy(desc(newest), desc(beads.seq))
      .limit(atMost(WANTED))
      .prepare(),
  );
  return {
    severity,
    find: (look) =>
      newestFirst(look.tx)
        .all({ weekAgoMs: look.nowMs - WEEK_MS })
        .flatMap((bead) => {
          const told = tell(bead, look);
          return told ? [{ target: { type: "bead" as const, id: bead.id }, ...told }] : [];
        }),
    count: ({ tx, nowMs }) =>
      countOf(
        tx,
        tx
          .select({ id: beads.id })
          .from(beads)
          .where(which(nowMs - WEEK_MS))
          .limit(atMost(COUNTED)),
      ),
  };
}

const NOT_OVER = sql`${beads.status} IN ('open', 'in_progress', 'in_review')`;
const evidenceOf = ({ id, title, fence, failures, reworks, unpaidTries, strikes, lastFailure }: Bead) => ({
  ...{ bead: id, title, fence, failures, reworks, unpaidTries, strikes: strikes ?? [] },
  failure: lastFailure && { ...lastFailure },
});

export const retry = ({ path }: Look, { id }: Bead) => post(`${path}/beads/${id}/retry`, {});

export const triedOf = ({ status, rigId }: Bead): Tried => ({
  as: status === "in_review" ? "landing" : "run",
  rig: rigId,
});

/** Its last try may live on a host out of reach, and until it is known to be dead no other is begun beside it. */
export const mayBeAlive = ({ tx, nowMs }: Look, bead: Bead): boolean =>
  bead.notBeforeMs > nowMs && earliestTry(tx, bead, nowMs) > nowMs;

const waiters = prepared((tx) =>
  tx
    .select({
      n: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM ${beadDependencies} d JOIN ${beads} w ON w.id = d.bead_id AND w.status = 'open'
        WHERE d.blocker_id = ${slot("id")} AND d.type = 'blocks' LIMIT ${atMost(COUNTED)}))`,
    })
    .from(town)
    .prepare(),
);

/** What stands still with it. */
function waitersText({ tx }: Look, { id }: Bead): string {
  const n = waiters(tx).get({ id })?.n ?? 0;
  return n === 0 ? "" : `, and ${counted(n, "bead")} ${n === 1 ? "waits" : "wait"} for it`;
}

/** Characters shown of what parked it, which says at its end how it is mended. */
const PARKED_CHARS = 300;

export const parked = beadKind({
  severity: "warning",
  which: () => sql`${beads.status} = 'failed'`,
  newest: sql`${beads.closedAtMs}`,
  tell: (bead, look) => ({
    sinceMs: bead.closedAtMs ?? bead.updatedAtMs,
    times: Math.max(1, bead.failures + bead.reworks + bead.unpaidTries),
    what: `${bead.id} is parked: ${bead.lastFailure ? quoted(bead.lastFailure.message, PARKED_CHARS) : "its notes say why"}`,
    meanwhile: `it is not tried${waitersText(look, bead)}; all else goes on`,
    nextMs: null,
    hint: "Mend what it says, or the bead's words; then this request gives it whole budgets.",
    evidence: evidenceOf(bead),
    verb: retry(look, bead),
  }),
});

/** What it waits for was cancelled: closing is what it would take, and nothing closes that. */
export const cutOff: Kind = {
  severity: "warning",
  find: ({ tx, path }) =>
    cutOffBeads(tx, WANTED).map(({ id, by, sinceMs }) => {
      const [first = ""] = by;
      const was = by.length === 1 ? "was" : "were";
      return {
        target: { type: "bead", id },
        sinceMs,
        times: 1,
        what: `${id} waits for ${by.join(", ")}, which ${was} cancelled: it never begins`,
        meanwhile: "it waits, and so does what depends on it; all else goes on",
        nextMs: null,
        hint: `This request has it go on without; POST …/beads/${first}/reopen {"reason":…} has ${first} done after all.`,
        evidence: { bead: id, cancelled: by },
        verb: post(`${path}/beads/${id}/dependencies`, { remove: by }),
      };
    }),
  count: ({ tx }) => countCutOff(tx, COUNTED),
};

/** Those that their host did not end at their limit: until they are tried again, which only a host that keeps its word makes better. */
export const pastLimit = beadKind({
  severity: "warning",
  which: () =>
    sql`${beads.notBeforeMs} > 0 AND ${NOT_OVER} AND json_extract(${beads.lastFailure}, '$.code') = ${PAST_LIMIT}`,
  newest: sql`${beads.updatedAtMs}`,
  tell: (bead, look) =>
    mayBeAlive(look, bead)
      ? null
      : {
          sinceMs: bead.lastFailure?.atMs ?? bead.updatedAtMs,
          times: Math.max(1, bead.failures),
          tried: triedOf(bead),
          what: `${bead.id}: ${bead.lastFailure ? said(bead.lastFailure) : "it lasted too long"}`,
          meanwhile: "it is tried again after its backoff; all else goes on",
          nextMs: bead.notBeforeMs,
          hint: "See why its host did not end it, or raise maxRunMs or maxGateMs.",
          evidence: evidenceOf(bead),
          verb: retry(look, bead),
        },
});

const WHY: Record<string, string> = {
  conflict: "with a conflict",
  gate_failed: "since the gate failed",
  declined: "since the remote declined it",
};

export const returned = beadKind({
  severity: "notice",
  which: () => sql`${beads.reworks} >= ${sql.raw(String(MANY_REWORKS))} AND ${NOT_OVER}`,
  newest: sql`${beads.updatedAtMs}`,
  tell: (bead, look) =>
    mayBeAlive(look, bead) || look.isTold("bead", bead.id)
      ? null
      : {
          sinceMs: cameBackMs(look, bead) ?? bead.updatedAtMs,
          times: bead.reworks,
          tried: triedOf(bead),
          what: `${bead.id} came back from landing ${bead.reworks} times${lastWhy(bead)}, and is tried again`,
          meanwhile: `it is done again on the newest branch, and parked when it has come back ${look.town.settings.reworkBudget} times`,
          nextMs: bead.notBeforeMs > look.nowMs ? bead.notBeforeMs : null,
          hint: "Say in the bead how it can land; this request gives it whole budgets again.",
          evidence: evidenceOf(bead),
          verb: retry(look, bead),
        },
});

/** When the first of its landings came back that count. */
function cameBackMs({ tx }: Look, { id, reworks }: Bead): number | null {
  const notes = tx
    .select({ atMs: beadNotes.atMs })
    .from(beadNotes)
    .where(and(eq(beadNotes.beadId, id), inArray(beadNotes.kind, ["conflict", "gate_failed", "declined"])))
    .orderBy(desc(beadNotes.id))
    .limit(atMost(Math.min(reworks, COUNTED)))
    .all();
  return notes.at(-1)?.atMs ?? null;
}

const lastWhy = ({ lastFailure }: Bead): string => {
  const why = lastFailure && Object.hasOwn(WHY, lastFailure.code) ? WHY[lastFailure.code] : undefined;
  return why ? `, the last time ${why}` : "";
};

const heldSince = sql`json_extract(${beads.hold}, '$.sinceMs')`;

export const held = beadKind({
  severity: "notice",
  which: (weekAgoMs) => sql`${beads.hold} IS NOT NULL AND ${heldSince} < ${weekAgoMs}`,
  newest: heldSince,
  tell: ({ id, title, hold }, { path, nowMs }) =>
    hold && {
      sinceMs: hold.sinceMs,
      times: 1,
      what: `${id} is held for ${Math.floor((nowMs - hold.sinceMs) / DAY_MS)} days by ${hold.by}: ${hold.why}`,
      meanwhile: "it waits, as an operator wanted",
      nextMs: null,
      hint: null,
      evidence: { bead: id, title, by: hold.by, why: hold.why },
      verb: patch(`${path}/beads/${id}`, { hold: null }),
    },
});
