/** What people read at a terminal is in the words of commands: each request that the town speaks of has some, and each of those is there. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { Misread } from "../../cli/town/misread.ts";
import { settingsOf } from "../../cli/town/nouns/town.ts";
import { program } from "../../cli/town/program.ts";
import { defaultSettings, settingsPatch, withSettings } from "../../src/lib/settings.ts";
import { allTerminalWords, inTerminalWords, terminalWords } from "../../src/lib/terminal.ts";

const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));

const isComment = (line: string): boolean => /^\s*(?:\*|\/\/|\/\*)/.test(line);

/** No person types these: hosts and other programs do. */
const PROGRAMS = ["GET …/hosts/{host}/channel"];

/** A method in a sentence, without a path that could be translated. */
const BARE = /\b(?:POST|PATCH|DELETE) (?![…/$`]|FROM)(?=\w)/;

test("no text speaks of a request without saying which", () => {
  const told = [...files("src"), ...files("host")].flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => !isComment(line) && BARE.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(told).toEqual([]);
});

const REQUEST = /\b(?:GET|POST|PATCH|DELETE) (?:…|\/v1(?=\/t))(?:\/[\w{}:-]+)*/g;

test("every request that a person is told of has words at the terminal", () => {
  const told = [...files("src"), ...files("host")].flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => !isComment(line))
      .flatMap((line) => line.replace(/\$\{[^}]*\}/g, "{id}").match(REQUEST) ?? [])
      .filter((request) => !PROGRAMS.includes(request))
      .map((request) => ({ file, request })),
  );
  expect(told.length).toBeGreaterThan(40);
  expect(told.filter(({ request }) => inTerminalWords(request, (words) => words) === request)).toEqual([]);
});

/** What these speak of may be any; where it is not, the name is put in its place before it is told. */
const OPEN = [
  "src/api/auth.ts: POST …/hosts/{host}/token",
  "src/api/settings-docs.ts: PATCH …/rigs/{rig}",
  "src/api/settings-docs.ts: PATCH …/agents/{agent}",
  "src/api/settings-docs.ts: PATCH …/hosts/{host}",
  "src/commands/retry-landings.ts: GET …/beads/{id}/explain",
  "src/dos/host-door.ts: POST …/hosts/{host}/takeover",
  "src/queries/attention/unreadable.ts: PATCH …/agents/{id}",
  "src/queries/attention/unreadable.ts: GET …/beads/{id}",
  "src/queries/attention/unreadable.ts: PATCH …/beads/{id}",
  "src/queries/attention/unreadable.ts: POST …/beads/{id}/retry",
  "src/queries/attention/unreadable.ts: PATCH …/rigs/{id}",
];

/** Where what is meant is known, a person gets a command to be copied as it is. */
test("a request that a person is told of names what it is about", () => {
  const told = files("src").flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => !isComment(line))
      .flatMap((line) => line.match(REQUEST) ?? [])
      .filter((request) => /\{(?!town)/.test(request))
      .map((request) => `${file}: ${request}`),
  );
  expect(told.toSorted()).toEqual(OPEN.toSorted());
});

test("all words for requests are commands that there are, with options that they take", () => {
  const root = program();
  const missing = [
    ...allTerminalWords(),
    ...[
      ["PATCH", "/rigs/lib", { maxAgents: 3 }],
      ["PATCH", "/rigs/lib", { maxInReview: "…" }],
      ["PATCH", "/rigs/lib", { defaultBranch: null }],
      ["POST", "/rigs/lib/preflight", { begin: true }],
      ["PATCH", "/beads/lib-1", { hold: null }],
      ["PATCH", "/beads/lib-1", { touches: ["…"] }],
      ["POST", "/beads/lib-1/dependencies", { remove: ["lib-2"] }],
      ["PATCH", "/agents/ada", { paused: null }],
      ["PATCH", "/agents/ada", { enabled: true }],
      ["POST", "/hosts/box/takeover", { boot: "b" }],
      ["POST", "/breaker/close", { host: "box" }],
      ["PATCH", "/{town}", { paused: null }],
      ["PATCH", "/{town}", { draining: false }],
    ].map(([method, path, body]) => terminalWords(method as string, path as string, body as object as never) ?? "none"),
  ].filter((words) => {
    const [noun = "", verb] = words.split(" ");
    const first = root.commands.find((one) => one.name() === noun);
    const command = first?.commands.length ? first.commands.find((one) => one.name() === verb) : first;
    const options = words.match(/--[\w-]+/g) ?? [];
    return !command || !options.every((option) => command.options.some(({ long }) => long === option));
  });
  expect(missing).toEqual([]);
});

const papers = (): string[] =>
  [
    "README.md",
    ...readdirSync("docs")
      .filter((name) => name.endsWith(".md"))
      .map((name) => join("docs", name)),
  ].map((file) => readFileSync(file, "utf8"));

/** All that stands in `--help` of anything. */
const helps = (command: Command): string[] => [
  command.description(),
  ...command.options.map(({ description }) => description),
  ...command.commands.flatMap(helps),
];

test("a town that was just made takes every setting that a help or a paper gives as an example", () => {
  const examples = [
    ...helps(program()).flatMap((says) => says.match(/\b[a-z][A-Za-z]+(?:\.[A-Za-z]+)?=[\w.-]+/g) ?? []),
    ...papers().flatMap((paper) =>
      [...paper.matchAll(/\btown set ([a-z][\w.]*=[\w.-]+)/g)].map(([, pair = ""]) => pair),
    ),
  ];
  expect(examples).toContain("stall.stopMs=10800000");
  for (const pair of examples)
    expect(() => withSettings(defaultSettings, settingsPatch.parse(settingsOf([pair]))), pair).not.toThrow();
});

/** A command as it stands in a block of a paper, or in backticks, without what a shell does behind it. */
/** In papers on HTTP, `town` is a function that sends a request. */
const COMMANDS = /^town (?!GET|POST|PATCH)((?:"[^"\n]*"|'[^'\n]*'|[^"'\n|>#;&`$<])+)/;

test("every command that a paper shows is one that is there, and takes what is given to it", () => {
  const wrong = papers()
    .flatMap((paper) => [...paper.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = ""]) => block.split("\n")))
    .flatMap((line) => COMMANDS.exec(line.replace(/^npm run town -- /, "town "))?.[1] ?? [])
    .map((typed) => typed.trim())
    .filter((typed) => !typed.endsWith("\\") && !isRead(typed));
  expect(wrong).toEqual([]);
});

/** Whether it is read to its end: what it would do is not done. */
function isRead(typed: string): boolean {
  const root = program();
  const still = (command: Command): void => {
    if (command.commands.length === 0) command.action(() => undefined);
    command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
    for (const each of command.commands) still(each);
  };
  still(root);
  try {
    root.parse(typed.match(/(?:"[^"]*"|'[^']*'|\S)+/g)?.map((word) => word.replace(/["']/g, "")) ?? [], {
      from: "user",
    });
    return true;
  } catch (error) {
    return error instanceof Misread && error.error.exitCode === 0;
  }
}
