import type { Result } from "./run.ts";

/** What people read of it. */
export function table({ seed, routes, mutations, breaches, isWhole, ...figures }: Result): string {
  const { requests, seconds, slowestMs, megabytes } = figures;
  const percent = (part: number, of: number) => (of === 0 ? "    –" : `${Math.round((100 * part) / of)} %`.padStart(5));
  const wide = Math.max(...Object.keys(routes).map(({ length }) => length));
  return [
    `${"route".padEnd(wide)}    sent  refused  of the valid taken`,
    ...Object.entries(routes)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { sent, refused, valid, validTaken }]) =>
        [name.padEnd(wide), String(sent).padStart(6), percent(refused, sent), percent(validTaken, valid)].join("  "),
      ),
    "",
    ...Object.entries(mutations).map(
      ([name, { sent, taken }]) => `${name.padEnd(wide)}  ${String(sent).padStart(6)}  ${percent(taken, sent)} taken`,
    ),
    "",
    `${requests} requests in ${seconds} s, seed ${seed}; the slowest took ${slowestMs} ms; workerd had ${megabytes} MB at most`,
    ...(isWhole ? [] : ["it was ended before all were sent"]),
    ...breaches.map((breach) => `BREACH ${breach}`),
  ].join("\n");
}
