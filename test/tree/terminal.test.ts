/** What people read at a terminal is in the words of commands: each request that the town speaks of has some, and each of those is there. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { program } from "../../cli/town/program.ts";
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

const REQUEST = /\b(?:GET|POST|PATCH|DELETE) …(?:\/[\w{}:-]+)*/g;

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
