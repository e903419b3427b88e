/** Rows as people see them, for those that follow the town. */
import { and, desc, inArray, notInArray, sql } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import { ANYTHING, type Change } from "../../db/noting.ts";
import { agents, attempts, type Bead, beads, type Convoy, convoys, providers, rigs } from "../../db/schema.ts";
import { isLive } from "../../db/step.ts";
import { listIncidentsQuery } from "../../queries/list-incidents.ts";
import { listAgents, listRigs } from "../../queries/reads.ts";
import { nothingInFlight } from "../../reconciler/in-flight.ts";
import { agentView } from "../../views/agent.ts";
import { attemptView } from "../../views/attempt.ts";
import { beadView } from "../../views/bead.ts";
import { convoySummaryView } from "../../views/convoy.ts";
import type { HostView } from "../../views/host.ts";
import { providerView } from "../../views/provider.ts";
import { rigView } from "../../views/rig.ts";
import { LISTS, type Listed, type Lists, type Wanted } from "./messages.ts";

/** One row as it is now. */
export interface Item {
  kind: Listed;
  id: string;
  /** Of which rig and bead it is; null: of none, or that is not known. */
  rig: string | null;
  bead: string | null;
  /** Null: it is gone. */
  view: object | null;
}

/** Beads that are not over, in a snapshot. */
const MOST_BEADS = 500;
/** Convoys and incidents that are looked through for those that are not over. */
const MOST_LISTED = 200;
/** Names in one statement. */
const AT_ONCE = 50;

/** Neither incidents nor what else is read here ask for more than the time. */
export const readingAt = (nowMs: number) => ({
  nowMs,
  random: Math.random,
  inFlight: nothingInFlight,
  heardOf: () => ({ atMs: null, room: undefined }),
});

const beadItem = (bead: Bead): Item => ({
  kind: "bead",
  id: bead.id,
  rig: bead.rigId,
  bead: bead.id,
  view: beadView(bead),
});

const agentItem = (agent: typeof agents.$inferSelect): Item => ({
  ...{ kind: "agent", id: agent.id, rig: agent.rigId, bead: null },
  view: agentView(agent),
});

const attemptItem = (attempt: typeof attempts.$inferSelect): Item => ({
  ...{ kind: "attempt", id: String(attempt.fence), rig: attempt.rigId, bead: attempt.beadId },
  view: attemptView(attempt),
});

const rigItem = (rig: typeof rigs.$inferSelect): Item => ({
  ...{ kind: "rig", id: rig.id, rig: rig.id, bead: null },
  view: rigView(rig),
});

const ofTown = (kind: Listed, id: string | number, view: object): Item => ({
  ...{ kind, id: String(id), rig: null, bead: null },
  view,
});

function convoyItems(tx: Tx, some: readonly Convoy[]): Item[] {
  const counts = new Map<string, Record<string, number>>();
  for (const ids of batches(some.map(({ id }) => id)))
    for (const { convoy, status, n } of tx
      .select({ convoy: beads.convoyId, status: beads.status, n: sql<number>`count(*)` })
      .from(beads)
      .where(inArray(beads.convoyId, ids))
      .groupBy(beads.convoyId, beads.status)
      .all())
      counts.set(convoy as string, { ...counts.get(convoy as string), [status]: n });
  return some.map((convoy) =>
    ofTown("convoy", convoy.id, convoySummaryView({ convoy, counts: counts.get(convoy.id) ?? {} })),
  );
}

const incidentItems = (tx: Tx, nowMs: number): Item[] =>
  listIncidentsQuery
    .read(tx, { limit: MOST_LISTED, cursor: undefined }, readingAt(nowMs))
    .items.map((incident) => ofTown("incident", incident.id, incident));

const hostItems = (hosts: readonly HostView[]): Item[] => hosts.map((host) => ofTown("host", host.id, host));

const providerItems = (tx: Tx): Item[] =>
  tx
    .select()
    .from(providers)
    .orderBy(providers.id)
    .all()
    .map((provider) => ofTown("provider", provider.id, providerView(provider)));

/** How the rows of each kind are read by their ids. */
const READS: Record<Exclude<Listed, "host">, (tx: Tx, ids: string[], nowMs: number) => Item[]> = {
  bead: (tx, ids) => tx.select().from(beads).where(inArray(beads.id, ids)).all().map(beadItem),
  agent: (tx, ids) => tx.select().from(agents).where(inArray(agents.id, ids)).all().map(agentItem),
  attempt: (tx, ids) =>
    tx
      .select()
      .from(attempts)
      .where(inArray(attempts.fence, ids.map(Number)))
      .all()
      .map(attemptItem),
  rig: (tx, ids) => tx.select().from(rigs).where(inArray(rigs.id, ids)).all().map(rigItem),
  convoy: (tx, ids) => convoyItems(tx, tx.select().from(convoys).where(inArray(convoys.id, ids)).all()),
  provider: (tx, ids) => providerItems(tx).filter(({ id }) => ids.includes(id)),
  incident: (tx, ids, nowMs) => incidentItems(tx, nowMs).filter(({ id }) => ids.includes(id)),
};

/** Names of rows by their kind. */
function byKind(changes: readonly Change[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const change of changes) {
    const [kind = "", id = ""] = change.split(/ (.*)/s);
    // The oldest incident goes with each new one, also where there is none so old.
    if (kind === "incident" && Number(id) < 1) continue;
    names.set(kind, (names.get(kind) ?? new Set()).add(id));
  }
  return names;
}

export const isAnything = (changes: readonly Change[]): boolean => changes[0] === ANYTHING;
export const concernsTown = (changes: readonly Change[]): boolean => changes.some((name) => name.startsWith("town "));
export const concernsHosts = (changes: readonly Change[]): boolean => changes.some((name) => name.startsWith("host "));

/** What has changed, as it is now; with a bead also its convoy, which counts its members. */
export function itemsOf(tx: Tx, changes: readonly Change[], hosts: readonly HostView[], nowMs: number): Item[] {
  const names = byKind(changes);
  const items: Item[] = [];
  const add = (kind: Listed, found: Item[], asked: Iterable<string>) => {
    const there = new Set(found.map(({ id }) => id));
    items.push(...found);
    for (const id of asked) if (!there.has(id)) items.push({ kind, id, ...ownerOf(kind, id), view: null });
  };
  for (const kind of Object.keys(READS) as (keyof typeof READS)[]) {
    if (kind === "convoy") continue;
    for (const ids of batches([...(names.get(kind) ?? [])])) add(kind, READS[kind](tx, ids, nowMs), ids);
  }
  const asked = names.get("host");
  if (asked)
    add(
      "host",
      hostItems(hosts).filter(({ id }) => asked.has(id)),
      asked,
    );
  const ofMembers = items.flatMap(({ view }) => (view as { convoy?: string | null } | null)?.convoy ?? []);
  for (const ids of batches([...new Set([...(names.get("convoy") ?? []), ...ofMembers])]))
    add("convoy", READS.convoy(tx, ids, nowMs), ids);
  return items;
}

/** A bead says its rig by its name. */
function ownerOf(kind: Listed, id: string): Pick<Item, "rig" | "bead"> {
  if (kind === "bead") return { rig: id.replace(/-\d+$/, ""), bead: id };
  return { rig: kind === "rig" ? id : null, bead: null };
}

/** Those that live: their progress is told of, and kept by no tick. */
export const liveAttempts = (tx: Tx): Item[] => tx.select().from(attempts).where(isLive).all().map(attemptItem);

/** All that a snapshot has. */
export function itemsNow(tx: Tx, { rig, bead }: Wanted, hosts: readonly HostView[], nowMs: number) {
  const open = tx
    .select()
    .from(beads)
    .where(
      and(notInArray(beads.status, ["closed", "cancelled"]), rig === null ? undefined : sql`${beads.rigId} = ${rig}`),
    )
    .orderBy(desc(beads.seq))
    .limit(MOST_BEADS + 1)
    .all();
  const some = bead === null ? open.slice(0, MOST_BEADS).map(beadItem) : READS.bead(tx, [bead], nowMs);
  const openConvoys = tx
    .select()
    .from(convoys)
    .where(notInArray(convoys.state, ["closed", "cancelled"]))
    .orderBy(desc(convoys.seq))
    .limit(MOST_LISTED)
    .all();
  const items = [
    ...some,
    ...convoyItems(tx, openConvoys),
    ...listAgents(tx).map(agentItem),
    ...liveAttempts(tx),
    ...listRigs(tx).map(rigItem),
    ...hostItems(hosts),
    ...providerItems(tx),
    ...incidentItems(tx, nowMs).filter(({ view }) => (view as { closedAt: unknown }).closedAt === null),
  ];
  return { items, more: bead === null && open.length > MOST_BEADS };
}

/** Whether a follower wants it. Of what is gone it may not be known whose it was: then it is told. */
function isWanted({ kind, rig, bead }: Item, { kinds, ...of }: Wanted): boolean {
  if (!kinds.includes(kind)) return false;
  if (of.bead !== null && bead !== null && bead !== of.bead) return false;
  return of.rig === null || rig === null || rig === of.rig;
}

/** @param whole with a list for each kind that is wanted, also where it is empty */
export function listed(items: readonly Item[], wanted: Wanted, whole: boolean) {
  const lists: Record<string, object[]> = {};
  if (whole)
    for (const [kind, name] of Object.entries(LISTS)) if (wanted.kinds.includes(kind as Listed)) lists[name] = [];
  const gone: { kind: Listed; id: string }[] = [];
  for (const item of items) {
    if (!isWanted(item, wanted)) continue;
    const { kind, id, view } = item;
    if (view === null) gone.push({ kind, id });
    else lists[LISTS[kind]] = [...(lists[LISTS[kind]] ?? []), view];
  }
  return { ...(lists as Lists), ...(gone.length > 0 && { gone }) };
}

function batches(ids: readonly string[]): string[][] {
  const all: string[][] = [];
  for (let from = 0; from < ids.length; from += AT_ONCE) all.push(ids.slice(from, from + AT_ONCE));
  return all;
}
