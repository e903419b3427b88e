/** A town's figures as OpenMetrics text. Read from the town's own row and bounded counts: the same cost at any history. */
import type { Tx } from "../db/client.ts";
import { readTown } from "../db/town.ts";
import { LATENESS_BUCKETS_MS } from "./counters.ts";
import { computeHealth } from "./health/index.ts";

type Sample = [labels: Record<string, string>, value: number];

export function metricsText(tx: Tx, nowMs: number): string {
  const { counters, name: town, ticks } = readTown(tx);
  const health = computeHealth(tx, nowMs);
  const labelled = (prefix: string, ...names: string[]): Sample[] =>
    Object.entries(counters)
      .filter(([key]) => key.startsWith(`${prefix} `))
      .map(([key, value]) => [
        Object.fromEntries(
          key
            .split(" ")
            .slice(1)
            .map((part, i) => [names[i] ?? "", part]),
        ),
        value,
      ]);

  const lines = [
    ...metric(town, "ticks", "counter", "Ticks since the town was made.", [[{}, ticks]]),
    ...lateness(town, counters),
    ...metric(
      town,
      "actions",
      "counter",
      "Planned actions by what became of them.",
      labelled("action", "action", "outcome"),
    ),
    ...metric(town, "effects", "counter", "Effects by outcome.", labelled("effect", "action", "outcome")),
    ...metric(town, "ready_beads", "gauge", "Ready, and nobody has them. Counted up to 1000.", [
      [{}, health.readyUnassignedBeads],
    ]),
    ...metric(town, "available_agents", "gauge", "Enabled, idle, nothing on the hook.", [[{}, health.availableAgents]]),
    ...metric(town, "live_attempts", "gauge", "Runs and landings that hold something.", [[{}, health.liveAttempts]]),
    ...metric(town, "error_streak", "gauge", "Ticks in a row that failed.", [[{}, health.errorStreak]]),
    ...metric(town, "stale", "gauge", "1 while the loop is stale.", [[{}, health.pollStale ? 1 : 0]]),
    ...metric(town, "verdict", "gauge", "1 for what the town is now.", [[{ verdict: health.verdict }, 1]]),
  ];
  return `${lines.join("\n")}\n# EOF\n`;
}

function lateness(town: string, counters: Record<string, number>): string[] {
  let sum = 0;
  const buckets = [...LATENESS_BUCKETS_MS.map(String), "more"].map((bound) => {
    sum += counters[`late ${bound}`] ?? 0;
    const le = bound === "more" ? "+Inf" : String(Number(bound) / 1_000);
    return `townkeeper_tick_lateness_seconds_bucket{town="${town}",le="${le}"} ${sum}`;
  });
  return [
    "# TYPE townkeeper_tick_lateness_seconds histogram",
    "# HELP townkeeper_tick_lateness_seconds How long after they were due ticks began.",
    ...buckets,
    `townkeeper_tick_lateness_seconds_count{town="${town}"} ${sum}`,
    `townkeeper_tick_lateness_seconds_sum{town="${town}"} ${(counters.late_ms ?? 0) / 1_000}`,
  ];
}

function metric(town: string, name: string, type: "counter" | "gauge", help: string, samples: Sample[]): string[] {
  const full = `townkeeper_${name}`;
  const rows = samples.map(([labels, value]) => {
    const text = Object.entries({ town, ...labels }).map(([key, label]) => `${key}="${label}"`);
    return `${full}${type === "counter" ? "_total" : ""}{${text.join(",")}} ${value}`;
  });
  return [`# TYPE ${full} ${type}`, `# HELP ${full} ${help}`, ...rows];
}
