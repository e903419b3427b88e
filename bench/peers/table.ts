import type { PeerResult, Recovery } from "./types.ts";

/** The figures that tell most; all of them are in `--json`. */
export function table(results: Record<string, PeerResult>): string {
  const rows = Object.entries(results).map(([name, result]) => [name, ...cells(result)]);
  const head = [
    [
      "",
      "start p50/p99",
      "beads/s",
      "effects/s",
      "jobs/s",
      "idle hour:",
      "CPU s",
      "kill -9: beads",
      "kill -9: slow handlers",
    ],
    ["", "ms (n)", "10 / 50", "10 / 50", "10 / 50", "storage", "", "s, asked/ran twice", "s, ran twice, left"],
  ];
  const all = [...head, ...rows];
  const widths = head[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const failures = Object.entries(results).flatMap(([name, { failure }]) => (failure ? [`${name}: ${failure}`] : []));
  return [...lines, ...failures].join("\n");
}

function cells({ latencyMs, throughput, idleHour, recovery }: PeerResult): string[] {
  const both = (work: string, of: "itemsPerSecond" | "effectsPerSecond") => {
    const [ten, fifty] = [throughput[`${work}@10`], throughput[`${work}@50`]];
    return ten || fifty ? `${ten?.[of] ?? "–"} / ${fifty?.[of] ?? "–"}` : "–";
  };
  const named = (of: Record<string, number> | null | undefined) =>
    of
      ? Object.entries(of)
          .map(([name, value]) => `${value} ${name}`)
          .join(", ")
      : "–";
  return [
    latencyMs ? `${latencyMs.p50}/${latencyMs.p99} (${latencyMs.n})` : "–",
    both("bead", "itemsPerSecond"),
    both("bead", "effectsPerSecond"),
    both("job", "itemsPerSecond"),
    named(idleHour?.storage),
    named(idleHour?.cpuSeconds),
    recovery.bead ? `${inTime(recovery.bead)}, ${recovery.bead.askedTwice}/${recovery.bead.ranTwice}` : "–",
    recovery.slow ? `${inTime(recovery.slow)}, ${recovery.slow.ranTwice}, ${recovery.slow.unfinished}` : "–",
  ];
}

const inTime = ({ secondsToAllDone, boundSeconds }: Recovery) => secondsToAllDone ?? `>${boundSeconds}`;
