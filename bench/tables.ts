/** Figures as a person reads them. */
import type { Cost } from "./counters/costs.ts";
import type { Clone } from "./measures/clone.ts";
import type { Reads } from "./measures/reads.ts";
import type { Ready } from "./measures/ready.ts";
import type { Watching } from "./measures/watching.ts";
import { table as peersTable } from "./peers/table.ts";
import type { PeerResult } from "./peers/types.ts";
import type { Quantiles } from "./town.ts";

type Figures = Record<string, unknown>;
type Year = Awaited<ReturnType<typeof import("./year.ts")["measureYear"]>>;

/** Whatever of these figures was measured, as tables. */
export function tables(figures: Figures): string {
  return Object.entries(figures)
    .flatMap(([name, value]) => printers[name]?.(value as never) ?? [])
    .join("\n\n");
}

const printers: Record<string, (value: never) => string[]> = {
  tick: (tick: Record<string, Record<string, Cost>>) => [ticksTable("A tick, 10 agents, by closed beads", tick)],
  tickWith50Agents: (tick: Record<string, Record<string, Cost>>) => [ticksTable("A tick, 50 agents", tick)],
  life: ({ floor, ...byHistory }: Record<string, Cost> & { floor: Cost }) => [
    table(
      ["The life of a bead", "rows read", "rows written", "statements", "alarms", "read / floor", "written / floor"],
      [
        ...Object.entries(byHistory).map(([history, cost]) => [
          `${thousands(Number(history))} closed beads`,
          ...numbers(cost),
          ratio(cost.read, floor.read),
          ratio(cost.written, floor.written),
        ]),
        ["floor: bare SQL", ...numbers(floor), "1", "1"],
      ],
    ),
  ],
  scans: ({ statements, scans }: { statements: number; scans: { sql: string; step: string }[] }) => [
    `Query plans: ${statements} statements, ${scans.length} that walk through a table that grows${scans.map(({ step, sql }) => `\n  ${step}: ${sql.slice(0, 160)}`).join("")}`,
  ],
  bytesPerBead: (bytes: number) => [`Database: ${Math.round((bytes * 1_000) / 1_024)} KiB for each 1,000 beads`],
  costUsdPerMonth: (costs: Record<string, number>) => [
    table(
      ["A town-month", "USD"],
      Object.entries(costs).map(([name, usd]) => [name, usd.toFixed(2)]),
    ),
  ],
  costUsdPer1000Beads: (usd: number) => [`1,000 beads: $${usd.toFixed(4)}`],
  costArithmetic: (sums: Record<string, string[]>) => [
    Object.entries(sums)
      .map(([name, parts]) => `- ${name}: ${parts.join(" + ")}`)
      .join("\n"),
  ],
  ready: ({ idle, ...times }: Ready) => [
    table(
      ["npm start, ms", "n", "p50", "max"],
      Object.entries(times).map(([name, { n, p50, max }]) => [
        name,
        `${n}`,
        `${Math.round(p50)}`,
        `${Math.round(max)}`,
      ]),
    ),
    ...(idle === null ? [] : [idleTable(idle)]),
  ],
  latencyMs: (latency: Record<string, Quantiles>) => [
    table(
      ["Latency, ms", "n", "p50", "p99", "max"],
      Object.entries(latency).map(([name, { n, p50, p99, max }]) => [name, thousands(n), `${p50}`, `${p99}`, `${max}`]),
    ),
  ],
  redactMsPerMb: (shapes: Record<string, Record<string, number>>) => [
    table(
      ["What agents print, ms per MB", ...Object.keys(Object.values(shapes)[0] ?? {})],
      Object.entries(shapes).map(([shape, ways]) => [shape, ...Object.values(ways).map((ms) => ms.toFixed(1))]),
    ),
  ],
  clone: ({ files, mebibytes, former, clone, collectMs, collectProcesses }: Clone) => [
    table(
      [`An attempt on ${thousands(files)} files, ${mebibytes} MiB`, "ms", "MiB of its own", "git processes"],
      [
        ["set-up, worktree of a shared repository", `${former.ms}`, `${former.mebibytes}`, `${former.processes}`],
        ["set-up, clone of its own", `${clone.ms}`, `${clone.mebibytes}`, `${clone.processes}`],
        ["collected, one file not committed", `${collectMs.files}`, "", `${collectProcesses.files}`],
        ["collected, one commit", `${collectMs.commit}`, "", `${collectProcesses.commit}`],
      ],
    ),
  ],
  throughput: ({ oneTown, manyTowns }: { oneTown: Record<string, number>; manyTowns: number }) => [
    table(
      ["Beads a second", ""],
      [
        ...Object.entries(oneTown).map(([agents, rate]) => [`one town, ${agents} agents`, `${rate}`]),
        ["twenty towns, 5 agents each", `${manyTowns}`],
      ],
    ),
  ],
  healthMs: ({ n, p50, p99, max }: Quantiles) => [
    `GET …/health, n = ${n}: p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`,
  ],
  reads: (reads: Reads) => [
    table(
      ["GET, ms", "p50", "p99", "max", "rows read", "asked"],
      Object.entries(reads).map(([name, { p50, p99, max, rows, questions }]) => [
        name || "(the town)",
        ...[p50, p99, max].map(String),
        ...[rows, questions].map(thousands),
      ]),
    ),
  ],
  watching: (watching: Watching) => watchingTables(watching),
  year: ({ dollarsPerMonth, bytesPer1000Beads, pruning, ...counts }: Year) => [
    table(
      ["A year: 10 agents, 30 beads a working day", ""],
      [
        ...lines("in the year", counts),
        ...lines("of which pruning", pruning),
        ...lines("bytes for each 1,000 beads", bytesPer1000Beads),
        ["a month, by list price", `$${dollarsPerMonth.listed}`],
        ["a month, beyond what the plan includes", `$${dollarsPerMonth.beyondPlan}`],
      ],
    ),
  ],
  peers: (peers: Record<string, PeerResult>) => [`\`\`\`\n${peersTable(peers)}\n\`\`\``],
  scale: ({ towns, beads }: Record<"towns" | "beads", Record<string, unknown>>) => [
    table(["Scale", ""], [...lines("a thousand towns", towns), ...lines("a hundred thousand beads", beads)]),
  ],
};

function idleTable({ seconds, percentOfACore, mebibytes }: NonNullable<Ready["idle"]>): string {
  const total = (parts: Record<string, number>) => Object.values(parts).reduce((sum, each) => sum + each, 0);
  const named = Object.entries({ ...percentOfACore, "in all": total(percentOfACore) });
  return table(
    [`npm start at rest, ${seconds} s`, ""],
    [
      ...named.map(([name, percent]) => [`% of a core: ${name}`, percent.toFixed(3)]),
      ...Object.entries({ ...mebibytes, "in all": total(mebibytes) }).map(([name, size]) => [
        `MiB: ${name}`,
        size.toFixed(0),
      ]),
    ],
  );
}

const lines = (what: string, values: Record<string, unknown>): string[][] =>
  Object.entries(values).map(([name, value]) => [
    `${what}: ${name}`,
    typeof value === "object" ? JSON.stringify(value) : `${value}`,
  ]);

function ticksTable(title: string, tick: Record<string, Record<string, Cost>>): string {
  const histories = Object.keys(Object.values(tick)[0] ?? {});
  return table(
    [title, ...histories.map((history) => thousands(Number(history)))],
    Object.entries(tick).map(([kind, costs]) => [
      kind,
      ...histories.map((history) => {
        const { read, written, statements } = costs[history] as Cost;
        return `${read} read, ${written} written, ${statements} st.`;
      }),
    ]),
  );
}

function watchingTables({ subscribers, without, with: besides, told, createdToSeen, slow, idle }: Watching): string[] {
  const line = (what: string, { n, p50, p99, max }: Quantiles) => [what, thousands(n), `${p50}`, `${p99}`, `${max}`];
  const { watched, alone, watchers, seconds, toldAfter } = idle;
  return [
    table(
      ["Watched, ms", "n", "p50", "p99", "max"],
      [
        line("POST to answer, nobody watches", without.answered),
        line(`POST to answer, ${subscribers} watch`, besides.answered),
        line("POST to start, nobody watches", without.started),
        line(`POST to start, ${subscribers} watch`, besides.started),
        line("town bead create to town watch", createdToSeen),
      ],
    ),
    `${thousands(told)} messages told. Answers ${ratio(besides.answered.p50, without.answered.p50)} × at the median, starts ${ratio(besides.started.p50, without.started.p50)} ×.`,
    table(
      [`Idle for ${seconds} s`, ...Object.keys(watched)],
      [
        [`watched by ${watchers}`, ...Object.values(watched).map(String)],
        ["by nobody", ...Object.values(alone).map(String)],
      ],
    ),
    `Told after it, of one bead: ${toldAfter} messages.`,
    `One that reads nothing: ${slow.toldBefore} messages, ${thousands(slow.charactersBefore)} characters, then closed with ${slow.closedWith}. It had missed ${slow.missed} beads, and ${slow.missedAfter} once it was back.`,
  ];
}

const numbers = ({ read, written, statements, alarms }: Cost): string[] =>
  [read, written, statements, alarms].map((value) => `${value}`);

const ratio = (a: number, b: number): string => (a / b).toFixed(2);
const thousands = (value: number): string => value.toLocaleString("en");

/** As Markdown, with columns in line. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) => Math.max(3, name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join("\n");
}
