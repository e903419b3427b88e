import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { innerMarks, passedTo, passedToAll, withheld } from "../../host/inherited.ts";
import { tellsOf } from "../../src/agents/tells.ts";

const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

function table(): string {
  const rows = [
    ...Object.entries(passedToAll).map(([what, names]) => [`all agents and gates: ${what}`, code(names)]),
    ...Object.entries(passedTo).flatMap(([preset, names]) =>
      names.length > 0 ? [[`\`${preset}\``, code(names)]] : [],
    ),
    ["none: by these a tool knows that it runs inside an agent", code(innerMarks)],
    ["none: the host's own", code(withheld)],
  ];
  return [
    "| who gets it | variables of the host's |",
    "|---|---|",
    ...rows.map((row) => `| ${row.join(" | ")} |`),
  ].join("\n");
}

test("docs/agents.md lists what of the host's environment agents get", () => {
  expect(readFileSync(join(import.meta.dirname, "../../docs/agents.md"), "utf8")).toContain(table());
});

test("docs/agents.md says what each tool tells of what it uses", () => {
  const presets = ["claude", "codex", "opencode", "gemini"] as const;
  const rows = presets.map((preset) => {
    const [exec, acp] = (["exec", "acp"] as const).map((driver) => tellsOf({ preset, driver }));
    return `| \`${preset}\` | ${exec?.tokens} | ${exec?.cost} | ${acp?.tokens} | ${acp?.cost} |`;
  });
  expect(readFileSync(join(import.meta.dirname, "../../docs/agents.md"), "utf8")).toContain(rows.join("\n"));
});
