/** The table of commands: what a shell is told of it, and where a command's town is by context. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { wantedBy } from "../../cli/town/completion.ts";
import { connectionOf } from "../../cli/town/connection.ts";
import { contextFor, contextsFile, readContexts, writeContexts } from "../../cli/town/contexts.ts";
import { program } from "../../cli/town/program.ts";
import { temporary } from "./support.ts";

const root = program();

test.each<[string, string[], string | null]>([
  ["bea", ["bead"], null],
  ["bead cre", ["create"], null],
  ["bead create --ri", ["--rig"], null],
  ["bead create --rig ", [], "rig"],
  ["bead show ", [], "bead"],
  ["bead show lib-1 ", [], null],
  ["bead wait lib-1 ", [], "bead"],
  ["bead create x --depends-on ", [], "bead"],
  ["--town home bead list --status p", ["parked"], null],
  ["bead list --status=parked --rig ", [], "rig"],
  ["agent stop ", [], "agent"],
  ["status -o js", ["json", "jsonl"], null],
  ["completion z", ["zsh"], null],
  ["nothing of ours ", [], null],
])("behind `town %s` a shell is told %j", (typed, words, things) => {
  expect(wantedBy(root, typed.split(" "))).toEqual({ words, things });
});

test("every command says what it does, and every option what it is for", () => {
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
  const silent = all(root).filter(
    (command) => command.description() === "" || command.options.some(({ description }) => description === ""),
  );
  expect(silent.map((command) => command.name())).toEqual([]);
});

test("a context says where a town is and what opens it, unless the command line or the environment does", () => {
  const folder = temporary();
  const env = { XDG_CONFIG_HOME: folder };
  const nowhere: Parameters<typeof contextFor>[0] = { context: undefined, url: undefined, state: undefined };
  expect(contextFor(nowhere, env)).toBeNull();
  writeFileSync(join(folder, "token"), "tk_file\n");
  const kept = { url: "https://a.example", town: "home", token: "tk_kept" };
  const named = { url: "https://b.example", tokenFile: join(folder, "token") };
  writeContexts(env, { current: "kept", contexts: { kept, named } });
  expect(statSync(contextsFile(env)).mode & 0o777).toBe(0o600);
  const connected = (more: Partial<typeof nowhere>, variables: NodeJS.ProcessEnv = {}) => {
    const context = contextFor({ ...nowhere, ...more }, { ...env, ...variables });
    return connectionOf({ url: undefined, tokenFile: undefined, state: undefined, context }, { ...env, ...variables });
  };
  expect(connected({})).toEqual({ url: "https://a.example", token: "tk_kept" });
  expect(connected({ context: "named" })).toEqual({ url: "https://b.example", token: "tk_file" });
  expect(connected({}, { TOWNKEEPER_CONTEXT: "named" })).toEqual({ url: "https://b.example", token: "tk_file" });
  const other = { TOWNKEEPER_URL: "https://c.example", TOWNKEEPER_TOKEN: "tk_other" };
  expect(connected({}, other)).toEqual({ url: "https://c.example", token: "tk_other" });
  // The token of the environment is for the URL of the environment.
  expect(connected({ context: "kept" }, other)).toEqual({ url: "https://a.example", token: "tk_kept" });
  expect(() => connected({ context: "nmaed" })).toThrow(/no context nmaed\. Did you mean named\?/);
  expect(() => connected({ context: "kept", url: "https://x.example" })).toThrow(/leave out --url/);
  writeFileSync(contextsFile(env), "{");
  expect(() => readContexts(env)).toThrow(/can't be read as contexts/);
});

test("the page of the terminal has each command", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/cli.md"), "utf8");
  for (const noun of root.commands)
    for (const verb of noun.commands) expect(page).toContain(`#### \`town ${noun.name()} ${verb.name()}`);
});
