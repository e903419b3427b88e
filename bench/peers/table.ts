import { rounded } from "./session.ts";
import type { PeerResult, Recovery, Round, Throughput } from "./types.ts";

/** Beside whom the others are set: a town, in each of its ways. */
const isOurs = (name: string) => name.startsWith("townkeeper");

/** The figures that tell most; all of them are in `--json`. */
export function table(results: Record<string, PeerResult>): string {
  const failures = Object.entries(results).flatMap(([name, { failure }]) => (failure ? [`${name}: ${failure}`] : []));
  return [lines([...HEAD, ...Object.entries(results).map(([name, result]) => [name, ...cells(result)])]), ...failures]
    .concat(ratios(results))
    .join("\n");
}

const HEAD = [
  [
    "",
    "start p50/p99",
    "n",
    "beads/s",
    "CPU ms/bead",
    "jobs/s",
    "idle hour:",
    "CPU s",
    "kill -9: beads",
    "kill -9: slow handlers",
  ],
  ["", "ms", "", "10 / 50", "10 / 50", "10 / 50", "storage", "", "s, asked/ran twice", "s, ran twice, left"],
];

function cells({ rounds, idleHour, recovery }: PeerResult): string[] {
  const both = (work: string, of: (measured: Throughput) => number | null) => {
    const [ten, fifty] = [10, 50].map((at) =>
      middle(rounds, ({ throughput }) => figure(throughput[`${work}@${at}`], of)),
    );
    return ten === NONE && fifty === NONE ? NONE : `${ten} / ${fifty}`;
  };
  const named = (of: Record<string, number> | null | undefined) =>
    of
      ? Object.entries(of)
          .map(([name, value]) => `${value} ${name}`)
          .join(", ")
      : NONE;
  const start = (of: "p50" | "p99" | "n") => middle(rounds, ({ latencyMs }) => latencyMs?.[of] ?? null);
  return [
    start("n") === NONE ? NONE : `${start("p50")} / ${start("p99")}`,
    start("n"),
    both("bead", (measured) => measured.itemsPerSecond),
    both("bead", cpuMs),
    both("job", (measured) => measured.itemsPerSecond),
    named(idleHour?.storage),
    named(idleHour?.cpuSeconds),
    recovery.bead ? `${inTime(recovery.bead)}, ${recovery.bead.askedTwice}/${recovery.bead.ranTwice}` : NONE,
    recovery.slow ? `${inTime(recovery.slow)}, ${recovery.slow.ranTwice}, ${recovery.slow.unfinished}` : NONE,
  ];
}

const NONE = "–";

const figure = (measured: Throughput | undefined, of: (measured: Throughput) => number | null) =>
  measured ? of(measured) : null;

/** Of all the peer's programs together. */
const cpuMs = ({ cpuMsPerItem }: Throughput): number | null =>
  cpuMsPerItem && Object.values(cpuMsPerItem).reduce((sum, each) => sum + each, 0);

const inTime = ({ secondsToAllDone, boundSeconds }: Recovery) => secondsToAllDone ?? `>${boundSeconds}`;

/** The median of what the rounds gave; beside it the least and the most, where they differ. */
function middle(rounds: readonly Round[], of: (round: Round) => number | null): string {
  const values = rounds.flatMap((round) => of(round) ?? []).toSorted((a, b) => a - b);
  const [least, most] = [values[0], values.at(-1)];
  if (least === undefined || most === undefined) return NONE;
  const half = (values.length - 1) / 2;
  const median = ((values[Math.floor(half)] ?? least) + (values[Math.ceil(half)] ?? most)) / 2;
  return least === most ? `${rounded(median)}` : `${rounded(median)} (${rounded(least)}–${rounded(most)})`;
}

const COMPARED: Record<string, (round: Round) => number | null> = {
  "start p50": ({ latencyMs }) => latencyMs?.p50 ?? null,
  "start p99": ({ latencyMs }) => latencyMs?.p99 ?? null,
  "beads/s 10": ({ throughput }) => throughput["bead@10"]?.itemsPerSecond ?? null,
  "beads/s 50": ({ throughput }) => throughput["bead@50"]?.itemsPerSecond ?? null,
};

/** Ours by theirs, each in its own round, so that what ails the machine for a while ails both. */
function ratios(results: Record<string, PeerResult>): string[] {
  const measured = Object.entries(results).filter(([, { rounds }]) => rounds.length > 0);
  const others = measured.filter(([name]) => !isOurs(name));
  if (others.length === 0) return [];
  return measured.filter(([name]) => isOurs(name)).flatMap(([name, ours]) => ["", besideOthers(name, ours, others)]);
}

function besideOthers(name: string, ours: PeerResult, others: readonly (readonly [string, PeerResult])[]): string {
  const ownOf = new Map(ours.rounds.map((round) => [round.round, round]));
  const rows = others.map(([other, { rounds }]) => [
    other,
    ...Object.values(COMPARED).map((of) =>
      middle(rounds, (theirs) => {
        const own = ownOf.get(theirs.round);
        const [mine, their] = [own && of(own), of(theirs)];
        return mine && their ? mine / their : null;
      }),
    ),
  ]);
  return lines([[`${name} / …`, ...Object.keys(COMPARED)], ...rows]);
}

function lines(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const padded = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  return padded.map((line) => line.trimEnd()).join("\n");
}
