/** docs/settings.md is what the schemas and the words say, and has all that programs and the Worker are told from outside. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parts, settingsMarkdown } from "../../src/api/settings-docs.ts";
import { HOST_PROGRAM, START, TERMINAL, WORKER } from "../../src/api/settings-words.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

test("the page is what is made of them", () => {
  expect(read("docs/settings.md")).toBe(settingsMarkdown());
  expect(read("README.md")).toContain("docs/settings.md");
});

test("each setting has a default, a range and an effect", () => {
  const all = parts().flatMap(({ settings }) => settings);
  expect(all.length).toBeGreaterThan(100);
  const rows = [...read("docs/settings.md").matchAll(/^\| `([^`]+)` \| (.*?) \| (.*) \| (.+) \|$/gm)];
  expect(rows.map(([, name]) => name)).toEqual(all.map(({ name }) => name));
  expect(rows.filter(([, , given, , effect]) => !given || !effect)).toEqual([]);
});

/** What `parseArgs` is told to take. */
const flagsIn = (path: string): string[] =>
  [...read(path).matchAll(/^\s+"?([a-z][a-z-]*)"?: \{ type: "(?:string|boolean)"/gm)]
    .map(([, name]) => `--${name}`)
    .sort();

test("each flag of `npm start` and of the host program is there, and no other", () => {
  expect(Object.keys(START).sort()).toEqual(flagsIn("cli/options.ts"));
  expect(Object.keys(HOST_PROGRAM).sort()).toEqual(flagsIn("host/main.ts"));
});

test("each variable of the Worker's is there, and no other", () => {
  const [, fields = ""] = /export interface Env \{([\s\S]*?)\n\}/.exec(read("src/dos/env.ts")) ?? [];
  const variables = [...fields.matchAll(/^ {2}(\w+)\??: string;/gm)].map(([, name]) => name);
  expect(Object.keys(WORKER).sort()).toEqual(variables.sort());
});

test("each variable that the command reads is there", () => {
  const sources = readdirSync(join(root, "cli/town"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => read(join("cli/town", name)))
    .join("\n");
  const variables = new Set([...sources.matchAll(/\benv\.(TOWNKEEPER_\w+)/g)].map(([, name]) => name));
  // The command tells itself how it is called.
  variables.delete("TOWNKEEPER_COMMAND");
  expect(
    Object.keys(TERMINAL)
      .filter((name) => name.startsWith("TOWNKEEPER_"))
      .sort(),
  ).toEqual([...variables].sort());
});
