/** A town's figures as OpenMetrics text. Read from the town's own row and bounded counts: the same cost at any history. */
import { desc, sql } from "drizzle-orm";
import { ofAll, troubledRigs } from "../attempts/rig-trouble.ts";
import type { Tx } from "../db/client.ts";
import { needsAttention } from "../db/probes.ts";
import { agents, incidents, town as towns } from "../db/schema.ts";
import { atMost, prepared, slot } from "../db/statements.ts";
import { readTown } from "../db/town-row.ts";
import { pruningOf } from "../lib/retention.ts";
import { BUCKETS_MS, type Counters } from "../reconciler/counters.ts";
import type { InFlight } from "../reconciler/in-flight.ts";
import { listOpen } from "../reconciler/watch/incidents.ts";
import { previewPlan } from "./explain/index.ts";
import { computeHealth } from "./health/index.ts";

type Labels = Record<string, string>;
type Sample = [labels: Labels, value: number];

export function metricsText(tx: Tx, nowMs: number, inFlight: InFlight): string {
  const row = readTown(tx);
  const { counters, name: town, ticks, settings } = row;
  const health = computeHealth(tx, nowMs);
  const queue = queues(tx).get({ nowMs });
  const open = new Set(listOpen(tx).map(({ kind }) => kind));
  const write = new Writer(town);

  write.family("ticks", "counter", "Ticks since the town was made.", [[{}, ticks]]);
  write.histogram("tick_lateness_seconds", "How long after they were due ticks began.", counters, "late");
  write.histogram("tick_duration_seconds", "From the start of a tick until its effects settled.", counters, "took");
  const outcome = ["action", "outcome"] as const;
  write.family("actions", "counter", "Planned actions by what became of them.", named(counters, "action", outcome));
  write.family("effects", "counter", "Effects by outcome.", named(counters, "effect", outcome));
  const attempts = named(counters, "attempt", ["kind", "outcome"]);
  write.family("attempts", "counter", "Attempts that ended, by how.", attempts);
  const { gone } = pruningOf(row);
  write.family("beads_pruned", "counter", "Beads that were over for longer than they are kept.", [[{}, gone.beads]]);
  write.family("attempts_pruned", "counter", "Attempts that went with them.", [[{}, gone.attempts]]);
  write.family("incidents", "counter", "Incidents that began.", [[{}, newestIncident(tx).get()?.id ?? 0]]);
  const kinds = incidents.kind.enumValues.map((kind): Sample => [{ kind }, open.has(kind) ? 1 : 0]);
  write.family("incident_open", "gauge", "1 while there is one of this kind.", kinds);
  write.family("queue_beads", "gauge", "Beads by what they wait for. Counted up to 1000 each.", [
    [{ gate: "agent" }, health.readyUnassignedBeads],
    [{ gate: "backoff" }, queue?.backoff ?? 0],
    [{ gate: "hooked_agent" }, queue?.hooked ?? 0],
    [{ gate: "landing" }, queue?.landing ?? 0],
  ]);
  const shut = previewPlan(tx, { nowMs, random: () => 0.5, settings }, inFlight).refused;
  const byGate = Map.groupBy(shut, ({ gate }) => gate.name);
  const waiting = [...byGate].map(([gate, { length }]): Sample => [{ gate }, length]);
  write.family("refused_starts", "gauge", "Of what comes next, what may not begin now, by the gate.", waiting);
  const troubled = troubledRigs(tx);
  const waits = (which: "landingTrouble" | "pushTrouble") =>
    troubled.filter((rig) => rig[which] !== null && ofAll(rig[which])).length;
  write.family("rigs_in_trouble", "gauge", "Rigs in which something waits until its remote or its gate is mended.", [
    [{ waits: "landings" }, waits("landingTrouble")],
    [{ waits: "runs" }, waits("pushTrouble")],
  ]);
  const age = Math.max(0, nowMs - (queue?.oldestMs ?? nowMs)) / 1_000;
  write.family("oldest_ready_age_seconds", "gauge", "How long the oldest ready bead has waited.", [[{}, age]]);
  write.family("available_agents", "gauge", "Enabled, idle, nothing on the hook.", [[{}, health.availableAgents]]);
  write.family("live_attempts", "gauge", "Runs and landings that hold something.", [[{}, health.liveAttempts]]);
  write.family("error_streak", "gauge", "Ticks in a row that failed.", [[{}, health.errorStreak]]);
  write.family("stale", "gauge", "1 while the loop is stale.", [[{}, health.pollStale ? 1 : 0]]);
  write.family("verdict", "gauge", "1 for what the town is now.", [[{ verdict: health.verdict }, 1]]);
  return write.end();
}

/** What waits, each read through its index. A bead that is blocked is in no index, and so in no count. */
const queues = prepared((tx) =>
  tx
    .select({
      backoff: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM beads WHERE not_before_ms > 0 AND not_before_ms > ${slot("nowMs")} AND status IN ('open', 'in_progress', 'in_review') LIMIT 1000))`,
      hooked: sql<number>`(SELECT count(*) FROM (SELECT status, bead_id FROM ${agents} WHERE ${needsAttention} LIMIT 1000) WHERE status = 'idle' AND bead_id IS NOT NULL)`,
      landing: sql<number>`(SELECT count(*) FROM (SELECT 1 FROM beads WHERE status = 'in_review' LIMIT 1000))`,
      oldestMs: sql<
        number | null
      >`(SELECT min(max(updated_at_ms, not_before_ms)) FROM (SELECT updated_at_ms, not_before_ms FROM beads WHERE status = 'open' AND blocked_by = 0 AND not_before_ms <= ${slot("nowMs")} LIMIT 1000))`,
    })
    .from(towns)
    .prepare(),
);

/** Numbers without gaps, so the newest is how many there ever were. */
const newestIncident = prepared((tx) =>
  tx.select({ id: incidents.id }).from(incidents).orderBy(desc(incidents.id)).limit(atMost(1)).prepare(),
);

/** The counters whose name begins with this word, and the words after it as labels. */
const named = (counters: Counters, first: string, labels: readonly string[]): Sample[] =>
  Object.entries(counters)
    .filter(([key]) => key.startsWith(`${first} `))
    .map(([key, value]) => {
      const words = key.split(" ").slice(1);
      return [Object.fromEntries(labels.map((label, i) => [label, words[i] ?? ""])), value];
    });

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

class Writer {
  readonly #lines: string[] = [];
  readonly #town: string;

  constructor(town: string) {
    this.#town = town;
  }

  family(name: string, type: "counter" | "gauge", help: string, samples: readonly Sample[]): void {
    const full = this.#head(name, type, help);
    for (const [labels, value] of samples) this.#sample(`${full}${type === "counter" ? "_total" : ""}`, labels, value);
  }

  histogram(name: string, help: string, counters: Counters, what: string): void {
    const full = this.#head(name, "histogram", help);
    let sum = 0;
    for (const bound of [...BUCKETS_MS, "more"] as const) {
      sum += counters[`${what} ${bound}`] ?? 0;
      this.#sample(`${full}_bucket`, { le: bound === "more" ? "+Inf" : (bound / 1_000).toFixed(1) }, sum);
    }
    this.#sample(`${full}_count`, {}, sum);
    this.#sample(`${full}_sum`, {}, (counters[`${what}_ms`] ?? 0) / 1_000);
  }

  end(): string {
    return `${this.#lines.join("\n")}\n# EOF\n`;
  }

  #head(name: string, type: string, help: string): string {
    const full = `townkeeper_${name}`;
    this.#lines.push(`# TYPE ${full} ${type}`);
    if (full.endsWith("_seconds")) this.#lines.push(`# UNIT ${full} seconds`);
    this.#lines.push(`# HELP ${full} ${help}`);
    return full;
  }

  #sample(name: string, labels: Labels, value: number): void {
    const text = Object.entries({ town: this.#town, ...labels }).map(([key, label]) => `${key}="${escaped(label)}"`);
    this.#lines.push(`${name}{${text.join(",")}} ${value}`);
  }
}
