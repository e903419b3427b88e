/** What an import did, as lines for a person. Pure. */
import { counted } from "../../src/lib/text.ts";
import type { components } from "../api-types.ts";

type Imported = components["schemas"]["Imported"];

/** So that a large file stays on a screen. */
const NAMED = 20;

export function importedLines(rig: string, told: Imported): string[] {
  const { created, ids, updated, skipped, records, kept, duplicates, left, unresolved } = told;
  const named = ids.slice(0, NAMED).join(", ");
  const more = ids.length > NAMED ? `, … and ${ids.length - NAMED} more` : "";
  const others = Object.entries(kept).map(([what, n]) => `${n} ${what}`);
  const lines: [number, string][] = [
    [1, `${rig}: ${created} created, ${updated} updated, ${skipped} as they were`],
    [created, `created: ${named}${more}`],
    [records, `${counted(records, "record")} among them: kept and exported, and never work`],
    [others.length, `kept beside the beads, and exported after them: ${others.join(", ")}`],
    [
      unresolved,
      `${unresolved} unresolved: dependencies on what is not there yet; they keep nothing waiting, and bind once it comes`,
    ],
    ...duplicates.map(({ id, lines: at, taken }): [number, string] => [
      1,
      `${id} stands in lines ${at.join(", ")}: line ${taken}, the newest, was taken`,
    ]),
    ...left.map(({ bead, fields, why }): [number, string] => [1, `${bead}: ${fields.join(", ")} left as here: ${why}`]),
  ];
  return lines.flatMap(([n, line]) => (n > 0 ? [line] : []));
}
