import type { Case } from "./case.ts";

/** docs/hostile.md's table: what an agent does, and what comes of it. */
export function tableOf(subjects: Readonly<Record<string, readonly Case[]>>): string {
  return Object.entries(subjects)
    .map(([subject, cases]) => {
      const rows = cases.map((each) => `| \`${each.id}\` | ${each.does.replaceAll("|", "\\|")} | ${outcomeOf(each)} |`);
      return [`### ${subject}`, "| case | an agent … | outcome |", "|---|---|---|", ...rows].join("\n");
    })
    .join("\n\n");
}

function outcomeOf({ fails, pastGate, again, pushedOnly }: Case): string {
  const first = fails
    ? `the run fails: \`${fails.code}\``
    : pastGate
      ? "an attention item and an incident: it came past the gate"
      : pushedOnly
        ? "its work is pushed"
        : "its work lands";
  return again ? `${first}; the next try lands` : first;
}
