import { hostsThere } from "../../src/attempts/hosts.ts";
import { commandOfType } from "../../src/commands/index.ts";
import { OWN_HOST } from "../../src/db/schema-hosts.ts";
import { duringPass, readTown } from "../../src/db/town-row.ts";
import { type AttentionItem, attentionOf } from "../../src/queries/attention/index.ts";
import { factOf } from "../verbs.ts";
import { oneOf, type Row, rowsOf, type Scene, steady } from "./scene.ts";

/** More of a kind than are ever shown: then only what is shown is looked at. */
const SHOWN = 50;

/** A machine that dialled so shortly ago counts as one that still does, by any reckoning. */
const STILL_DIALS_MS = 300_000;

/** Worked out of the rows here again, by kind: whom it should be about. */
const EXPECTED: Record<string, string> = {
  parked: "SELECT id FROM beads WHERE status = 'failed'",
  cut_off: `SELECT DISTINCT w.id FROM beads w JOIN bead_dependencies d ON d.bead_id = w.id AND d.type = 'blocks' JOIN beads x ON x.id = d.blocker_id
    WHERE w.status = 'open' AND w.hold IS NULL AND w.type <> 'record' AND x.status = 'cancelled'`,
  quarantined: "SELECT CAST(id AS TEXT) AS id FROM events WHERE quarantined_at_ms IS NOT NULL",
  escalated:
    "SELECT agent_id AS id FROM attempts WHERE ended_at_ms IS NULL AND state = 'running' AND kind = 'run' AND stall >= 2",
  provider_trouble: `SELECT id FROM providers WHERE trouble IS NOT NULL AND (trouble ->> '$.kind' = 'auth' OR troubles >= 5
    OR not_before_ms - (trouble ->> '$.atMs') > 3600000)`,
  agent_trouble: `SELECT a.id FROM agents a LEFT JOIN providers p ON p.id = a.provider WHERE a.enabled = 1 AND a.troubles > 0 AND a.trouble IS NOT NULL
    AND a.doubts IS NULL AND (a.trouble ->> '$.kind' = 'auth' OR a.trouble ->> '$.code' IN ('command_missing', 'preflight_failed', 'low_disk', 'exit_code', 'setup') OR a.troubles >= 5
      OR a.not_before_ms - (a.trouble ->> '$.atMs') > 3600000)
    AND NOT (p.trouble IS NOT NULL AND a.trouble ->> '$.kind' IN ('auth', 'provider_limited'))`,
  rig_trouble: `SELECT r.id FROM rigs r, json_each(json_array(r.push_trouble, r.landing_trouble)) t WHERE json_extract(t.value, '$.rests') = 'idle'
    OR json_extract(t.value, '$.untilMs') IS NOT NULL AND (json_extract(t.value, '$.failure.kind') = 'rig_trouble' OR json_extract(t.value, '$.failure.code') IN ('gate_missing', 'clone_failed', 'fetch_failed')
      OR json_array_length(t.value, '$.beads') > 1) GROUP BY r.id`,
  breaker: `SELECT 'own' AS id FROM town WHERE breaker ->> '$.openUntilMs' IS NOT NULL
    UNION SELECT h.id FROM hosts h, town t WHERE h.breaker ->> '$.openUntilMs' IS NOT NULL AND t.settings ->> '$.hosts' = 'external'`,
};

/** One row, with the ids of each kind as a list. */
const ALL = `SELECT ${Object.entries(EXPECTED)
  .map(([kind, query]) => `(SELECT json_group_array(id) FROM (${query})) AS ${kind}`)
  .join(", ")}`;

/** Where there is no room, as the town has it down. */
const FULL = "SELECT 'own' AS id, full FROM town UNION ALL SELECT id, full FROM hosts";

/** To read all that is told costs as much as the rest of a step: where what should be told is as it was, only so often. */
const SELDOM = 16;

/** Whom each kind should be about, looked at with each change of the rows; what is told, whenever that is another than before, and now and then. */
export class Attention {
  #before = "";
  #commits = Number.NEGATIVE_INFINITY;
  /** By host. An answer that is on its way to the rows tells nothing of its disk for a moment, and what is told is not looked at for that. */
  readonly #lacked = new Map<string | null, boolean>();

  check(scene: Scene): void {
    const { town } = scene;
    const so = oneOf<Record<string, string>>(scene, ALL) ?? {};
    const now = JSON.stringify([so, rowsOf(scene, FULL), ownAccount(scene), this.#lacking(scene)]);
    if (now === this.#before && town.commits - this.#commits < SELDOM) return;
    this.#before = now;
    this.#commits = town.commits;
    checkTold(scene, so);
  }

  #lacking({ hosts, settlements }: Scene): (boolean | undefined)[] {
    return [null, ...hosts.map(({ name }) => name)].map((id) => {
      const lacks = settlements.capacity.lacks(id);
      if (lacks !== null) this.#lacked.set(id, lacks);
      return this.#lacked.get(id);
    });
  }
}

/** What is wrong by what the world knows itself, and no row tells. */
const ownAccount = ({ joined, lasting, remotes }: Scene) => [
  remotes.broken(),
  [lasting.found, lasting.damaged],
  [...(joined?.knockedAtMs.keys() ?? [])],
];

/** What waits for a person is all that is so, once each, about whom it is; and what it asks for is taken. */
function checkTold(scene: Scene, expected: Record<string, string>): void {
  const { town, violation } = scene;
  const { items } = duringPass(town.tx, () => attentionOf(town.tx, town.nowMs));
  const keys = new Set(items.map(({ key }) => key));
  if (keys.size < items.length) violation("attention: two items have one key");
  // Whether it is theirs or their bead's is not known yet: they may be told or not.
  const doubted = new Set(
    rowsOf<{ id: string } & Row>(scene, "SELECT id FROM agents WHERE doubts IS NOT NULL").map(({ id }) => id),
  );
  for (const kind of Object.keys(EXPECTED)) {
    const told = idsOf(items, kind).filter((id) => kind !== "agent_trouble" || !doubted.has(id));
    const so = JSON.parse(expected[kind] ?? "[]") as string[];
    if (so.length <= SHOWN && sorted(told) !== sorted(so))
      violation(
        `attention: of ${kind} it tells ${sorted(told) || "nobody"}, and it is so of ${sorted(so) || "nobody"}`,
      );
  }
  checkTrue(scene, items);
  const over = new Set(
    rowsOf<{ id: string } & Row>(scene, "SELECT id FROM beads WHERE status IN ('closed', 'cancelled')").map(
      ({ id }) => id,
    ),
  );
  for (const { kind, target, what } of items) {
    if (kind !== "unreadable" && target.type === "bead" && over.has(target.id))
      violation(`attention: ${kind} of ${target.id}, which is over`);
    if (what.length > 360 || /[\n\r]/.test(what))
      violation(`attention: ${kind} of ${target.id} is more than three lines: ${JSON.stringify(what)}`);
  }
  const one = items[town.commits % items.length];
  if (one) checkVerb(scene, one);
}

/** By the world's own account, and what passed between the town and its hosts. */
function checkTrue(scene: Scene, items: readonly AttentionItem[]): void {
  const { town, settlements, lasting, joined, violation } = scene;
  const rows = idsOf(items, "unreadable").length;
  if (rows < Math.min(lasting.found, SHOWN) || rows > lasting.damaged)
    violation(`attention: ${lasting.damaged} rows were damaged, and ${rows} are told`);
  const refused = new Set(idsOf(items, "host_refused"));
  for (const id of refused) if (!joined?.knockedAtMs.has(id)) violation(`attention: nobody else dials as host ${id}`);
  for (const [id, atMs] of joined?.knockedAtMs ?? [])
    if (steady(scene) && town.nowMs - atMs < STILL_DIALS_MS && !refused.has(id))
      violation(`attention: another machine dials as host ${id}, and nobody is told`);
  checkRigs(scene, items);
  const lacking = new Set(idsOf(items, "host_lacks"));
  for (const { id } of hostsThere(town.tx, readTown(town.tx).settings)) {
    const lacks = settlements.capacity.lacks(id);
    if (lacks !== null && lacks !== lacking.has(id ?? OWN_HOST))
      violation(
        `attention: host ${id ?? OWN_HOST} ${lacks ? "has said that its disk is low, and nobody is told" : "has room, and is told to lack disk"}`,
      );
  }
}

/** Of rigs in trouble it is told as critical while something waits for that, and until somebody has said that it is mended. */
function checkRigs(scene: Scene, items: readonly AttentionItem[]): void {
  const { remotes, violation } = scene;
  const told = idsOf(items, "rig_trouble");
  const critical = idsOf(
    items.filter(({ severity }) => severity === "critical"),
    "rig_trouble",
  );
  const rows = rowsOf<{ id: string; rests: number; waits: number }>(
    scene,
    `SELECT r.id, coalesce(r.push_trouble ->> '$.rests', r.landing_trouble ->> '$.rests') IS NOT NULL AS rests,
      (r.push_trouble ->> '$.untilMs' IS NOT NULL AND EXISTS (SELECT 1 FROM beads b WHERE b.rig_id = r.id
        AND (b.status = 'in_progress' OR (b.status = 'open' AND b.blocked_by = 0))))
      OR (r.landing_trouble ->> '$.untilMs' IS NOT NULL AND EXISTS (SELECT 1 FROM beads b WHERE b.rig_id = r.id AND b.status = 'in_review')) AS waits
    FROM rigs r WHERE r.push_trouble IS NOT NULL OR r.landing_trouble IS NOT NULL`,
  );
  for (const { id, waits } of rows)
    if (critical.includes(id) && !waits) violation(`attention: rig ${id} is told of, and nothing waits for it`);
  const resting = new Set(rows.flatMap(({ id, rests }) => (rests ? id : [])));
  for (const rig of remotes.broken())
    if (!told.includes(rig) && !resting.has(rig)) violation(`attention: rig ${rig} takes nothing, and nobody is told`);
}

const idsOf = (items: readonly AttentionItem[], kind: string): string[] =>
  items.flatMap((item) => (item.kind === kind ? item.target.id : []));
const sorted = (ids: readonly string[]): string => [...ids].sort().join(", ");

const UNDONE = new Error("taken back");

/** Sends it as it is shown, and takes it back. */
function checkVerb({ town, world, violation }: Scene, { key, verb }: AttentionItem): void {
  if (verb === null) return;
  const fact = factOf(verb);
  if (fact === null) return;
  const command = commandOfType(fact.type);
  const ctx = { nowMs: town.nowMs, random: () => 0.5, settings: readTown(town.tx).settings };
  try {
    town.engine.transactionSync(() => {
      command?.apply(town.tx, fact.payload as never, ctx);
      throw UNDONE;
    });
  } catch (error) {
    if (error !== UNDONE)
      violation(
        `attention: ${key} asks for ${verb.method} ${verb.path} at ${world.nowMs}, and that is refused: ${error}`,
      );
  }
}
