import type { Result } from "./run.ts";

/** What was tried and what came of it, for people. */
export function table({ parts, watched, growth, breaches }: Result): string {
  const { health, rss, invariantPolls } = watched;
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const lines = [
    ...parts.flatMap(({ name, shapes, seconds, figures }) => [
      `${name.padEnd(12)} ${String(shapes).padStart(4)} tried ${seconds.toFixed(1).padStart(7)} s`,
      ...Object.entries(figures).map(([what, value]) => `  ${what}: ${value}`),
    ]),
    "",
    `health      ${health.n} times: p50 ${ms(health.p50)}, p99 ${ms(health.p99)}, at the most ${ms(health.max)}; calm p99 ${ms(health.calmP99)}`,
    `invariants  ${invariantPolls} polls`,
    `memory      ${rss.calm} MB calm, ${rss.peak} MB at the most, ${rss.last} MB at the end`,
    ...growth.map(
      ({ town, bytes, usefulBytes }) => `state       ${town.padEnd(12)} ${kb(bytes)}, usefully sent ${kb(usefulBytes)}`,
    ),
    "",
    ...breaches.map((breach) => `BREACH ${breach}`),
    `${parts.reduce((sum, { shapes }) => sum + shapes, 0)} tried, ${breaches.length} breaches`,
  ];
  return lines.join("\n");
}

const kb = (bytes: number): string => `${Math.round(bytes / 1_024)} kB`.padStart(9);
