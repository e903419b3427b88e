/**
 * How much room a host has for runs. It says so with its answers and its runs' reports, so that usually nothing is refused; and when it
 * refuses for want of room, nothing is asked of it before a run of it ends, it says otherwise, or a while has gone by.
 */
import { eq } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type Attempt, type HostFull, hosts, OWN_HOST } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import type { StepContext } from "../db/step.ts";
import { changeTown, readTown } from "../db/town-row.ts";
import { quoted } from "../lib/text.ts";
import type { Room } from "../protocol/room.ts";
import type { Cause } from "./policy.ts";

/** With more places than may be asked for at once nothing needs to be known of them. */
const PLENTY = 3;
/** Other towns may use the host as well, and then this town is not told of a place that comes free. */
const FIRST_WAIT_MS = 15_000;
const LONGEST_WAIT_MS = 300_000;

const WHY: Record<string, string> = {
  at_capacity: "all its places are taken",
  low_disk: "its disk is nearly full",
};

/** Whether the host has no room for any start: no budget is charged for it, and only starts on that host wait. */
export const isCapacity = ({ kind, code }: Cause): boolean => kind === "refused" && Object.hasOwn(WHY, code);

const ofHost = prepared((tx) =>
  tx
    .select({ full: hosts.full })
    .from(hosts)
    .where(eq(hosts.id, slot<string>("hostId")))
    .prepare(),
);

const fullOf = (tx: Tx, hostId: string | null): HostFull | null =>
  hostId === null ? readTown(tx).full : (ofHost(tx).get({ hostId })?.full ?? null);

type Ctx = Pick<StepContext, "news">;

/** Places come free by themselves; what else it is without a person must see to. */
export const lacks = (full: HostFull | null): boolean => full !== null && full.code !== "at_capacity";

function setFull(tx: Tx, hostId: string | null, before: HostFull | null, full: HostFull | null, ctx: Ctx): void {
  const name = `host ${hostId ?? OWN_HOST}`;
  if (lacks(full) && !lacks(before)) ctx.news?.(`TROUBLED ${name}: ${quoted(full?.message ?? "")}`);
  if (lacks(before) && !lacks(full)) ctx.news?.(`MENDED ${name}`);
  if (hostId === null) changeTown(tx, { full });
  else tx.update(hosts).set({ full }).where(eq(hosts.id, hostId)).run();
}

/** A host says how much room it has. What it does not know it does not say. */
export function heardOfRoom(tx: Tx, hostId: string | null, said: Room | undefined, ctx: StepContext): void {
  if (said === undefined) return;
  const before = fullOf(tx, hostId);
  const code = said.lacks ?? "at_capacity";
  const free = said.lacks === undefined ? said.free : 0;
  const isKnown = free > PLENTY ? before === null : before?.free === free && before.code === code;
  if (isKnown) return;
  ctx.moreToPlan?.();
  if (free > PLENTY) setFull(tx, hostId, before, null, ctx);
  else {
    const message = code === "at_capacity" ? `${free} of its ${said.places} places are free` : (WHY[code] ?? code);
    const again = before !== null && before.free === 0 && free === 0 ? before : null;
    const since = { sinceMs: again?.sinceMs ?? ctx.nowMs, times: again?.times ?? 0 };
    const untilMs = free > 0 ? null : (again?.untilMs ?? ctx.nowMs + FIRST_WAIT_MS);
    setFull(tx, hostId, before, { free, code, message, ...since, untilMs }, ctx);
  }
}

/** What the answer to a start says of a host's room. */
export function hearOfRoom(tx: Tx, hostId: string | null, heard: Heard, ctx: StepContext): void {
  if (heard.answer?.room !== undefined) heardOfRoom(tx, hostId, heard.answer.room, ctx);
  else if (heard.accepted) tookStart(tx, hostId, ctx);
  if (!heard.accepted && isCapacity(heard.failure.cause)) refusedForRoom(tx, hostId, heard.failure, ctx);
}

type Heard = { answer: { room?: Room | undefined } | null } & (
  | { accepted: true }
  | { accepted: false; failure: Refusal }
);
interface Refusal {
  cause: Cause;
  retryAfterMs?: number | undefined;
}

/** It has taken a start and said nothing of its room: one place fewer than was known, or after all one more. */
function tookStart(tx: Tx, hostId: string | null, ctx: StepContext): void {
  const before = fullOf(tx, hostId);
  if (before === null) return;
  setFull(tx, hostId, before, before.free > 0 ? withOneLess(before, ctx) : null, ctx);
  ctx.moreToPlan?.();
}

/** It has refused a start for want of room. */
function refusedForRoom(
  tx: Tx,
  hostId: string | null,
  { cause: { code, message }, retryAfterMs }: Refusal,
  ctx: StepContext,
): void {
  const { nowMs } = ctx;
  const before = fullOf(tx, hostId);
  const again = before?.free === 0 && before.code === code ? before : null;
  const times = (again?.times ?? 0) + 1;
  const ownMs = FIRST_WAIT_MS * 2 ** Math.min(times - 1, 10);
  const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(ownMs, retryAfterMs ?? 0));
  const full = { free: 0, code, message, sinceMs: again?.sinceMs ?? nowMs, times, untilMs: Math.ceil(nowMs + waitMs) };
  setFull(tx, hostId, before, full, ctx);
}

/** A run of it is over: its place can be had at once; and where the disk was full, one start may find out. */
export function placeFreed(tx: Tx, { kind, hostId, acceptedAtMs }: Attempt, ctx: StepContext): void {
  if (kind !== "run" || acceptedAtMs === null) return;
  const full = fullOf(tx, hostId);
  if (full === null) return;
  const freed = lacks(full) ? { untilMs: ctx.nowMs } : { free: full.free + 1, untilMs: null };
  setFull(tx, hostId, full, { ...full, ...freed }, ctx);
}

/** A run that was given up lives after all: the place that seemed free is its own. */
export function placeTaken(tx: Tx, { kind, hostId }: Attempt, ctx: StepContext): void {
  const full = kind === "run" ? fullOf(tx, hostId) : null;
  if (full !== null && full.free > 0) setFull(tx, hostId, full, withOneLess(full, ctx), ctx);
}

function withOneLess(full: HostFull, { nowMs }: StepContext): HostFull {
  const free = full.free - 1;
  return { ...full, free, untilMs: free > 0 ? null : nowMs + FIRST_WAIT_MS };
}

/** A person says that it has room: it is asked at once. @returns whether it was known to have none */
export function forgetRoom(tx: Tx, hostId: string | null, ctx: Ctx): boolean {
  const known = fullOf(tx, hostId);
  if (known !== null) setFull(tx, hostId, known, null, ctx);
  return known !== null;
}

/** How many starts may be asked of it; null: as many as want to. */
export function placesLeft(full: HostFull | null, nowMs: number): number | null {
  if (full === null) return null;
  if (full.free > 0) return full.free;
  return full.untilMs !== null && full.untilMs <= nowMs ? 1 : 0;
}
