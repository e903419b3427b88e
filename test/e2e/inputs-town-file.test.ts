/** town.yaml may come from anybody: it says what a town shall be, and can do nothing else. */
import { expect, test } from "vitest";
import { Fault } from "../../cli/fault.ts";
import { desiredIn } from "../../cli/town/apply/file.ts";

const bomb = (levels: number): string =>
  [
    "a: &a0 [x,x,x,x,x,x,x,x,x]",
    ...Array.from({ length: levels }, (_, n) => `b${n}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(",")}]`),
  ].join("\n");
const inRig = (line: string): string => `rigs:\n  app:\n    repository: /srv/app.git\n    ${line}\n`;
const inAgent = (line: string): string => `${inRig("branch: main")}agents:\n  ada:\n    rig: app\n    ${line}\n`;

test.each([
  ["a bomb of anchors", bomb(9)],
  ["a larger one", bomb(30)],
  ["a bomb in the settings", `settings:\n${bomb(12).replace(/^/gm, "  ")}`],
  ["an anchor of itself", "settings: &a\n  a: *a"],
  ["an alias of nothing", "settings: *nothing"],
  ["a merge of another", "a: &a {town: home}\n<<: *a"],
  ["brackets without end", "[".repeat(100_000)],
  ["nested lists", `settings: ${"[".repeat(20_000)}${"]".repeat(20_000)}`],
  ["nested maps", `settings: ${"{a: ".repeat(20_000)}1${"}".repeat(20_000)}`],
  ["nested blocks", `settings:\n${Array.from({ length: 3_000 }, (_, n) => `${" ".repeat(n + 1)}a:`).join("\n")}`],
  ["dashes", `settings:\n  ${"- ".repeat(20_000)}x`],
  ["a function", "settings: !!js/function 'function () { return 1 }'"],
  ["a regular expression", "town: !!js/regexp /x/"],
  ["an object of Python's", "town: !!python/object/apply:os.system ['id']"],
  ["an object of Ruby's", "town: !ruby/object:Gem::Installer\n  i: x"],
  ["a tag of its own", "rigs: !evil {}"],
  ["a global tag", "rigs: !<tag:evil.example,2026:x> []"],
  ["bytes", "town: !!binary aG9tZQ=="],
  ["a set", "rigs: !!set {app}"],
  ["a directive", "%TAG ! tag:evil.example,2026:\n---\nrigs: !x []"],
  ["several documents", "town: home\n---\ntown: other"],
  ["the same key twice", "town: home\ntown: other"],
  ["the same rig twice", "rigs:\n  app: {repository: /a}\n  app: {repository: /b}"],
  ["a key that is a list", "? [a, b]\n: c"],
  ["a key that is null", "~: x"],
  ["a list", "- town: home"],
  ["a text", "home"],
  ["a number", "7"],
  ["bytes that are no text", "\u0000\u0001\u0002"],
  ["a town that is no name", "town: ../x"],
  ["a town that is true", "town: yes\nx: 1"],
  ["a prototype", "__proto__: {town: home}"],
  ["a constructor", "constructor: {prototype: {town: home}}"],
  ["a prototype among rigs", "rigs:\n  __proto__: {repository: /a}"],
  ["a prototype in a rig", inRig("__proto__: {gate: [id]}")],
  ["a prototype among agents", inAgent("x: 1").replace("  ada:", "  __proto__:")],
  ["a prototype of an agent", inAgent("__proto__: {command: [id]}")],
  ["an unknown word", "hooks: {after: id}"],
  ["an unknown word in a rig", inRig("hooks: id")],
  ["a rig whose address is a list", "rigs: {app: {repository: [/a]}}"],
  ["a rig that is no name", "rigs:\n  -x: {repository: /a}"],
  ["a rig of a list", "rigs: [app]"],
  ["a gate that is a map", inRig("gate: {run: id}")],
  ["a gate whose quote is not closed", inRig(`gate: "make 'x"`)],
  ["a command whose quote is not closed", inAgent(`command: 'make "x'`)],
  ["a gate of numbers", inRig("gate: [1]")],
  ["a time that is none", inRig("maxGate: soon")],
  ["a time below nothing", inRig("maxGate: -1")],
  ["a time without end", inRig("maxGate: .inf")],
  ["agents without number", inRig("maxAgents: .nan")],
  ["a huge number", inRig("maxAgents: 1e400")],
  ["variables of lists", inAgent("env: {A: [x]}")],
  ["variables of numbers", inAgent("env: {A: 1}")],
  ["a driver of its own", inAgent("driver: sh")],
  ["settings that are a list", "settings: [1]"],
])("%s is refused, and says where", (_what, text) => {
  const startedMs = performance.now();
  expect(() => desiredIn(text)).toThrow(Fault);
  expect(performance.now() - startedMs).toBeLessThan(20_000);
  expect(({} as { town?: string; gate?: string }).town).toBe(undefined);
});

test.each([
  ["town: home", { town: "home" }],
  ["", {}],
  ["# nothing\n", {}],
  [inRig("gate: make test -- $(id)"), { rigs: { app: { gate: ["sh", "-c", "make test -- $(id)"] } } }],
  [inRig("gate: [sh, -c, 'id; id']"), { rigs: { app: { gate: ["sh", "-c", "id; id"] } } }],
  [inAgent('env: {A: "$(id)"}'), { agents: { ada: { env: { A: "$(id)" } } } }],
  ["a: &a home\n".replace("a: ", "town: "), { town: "home" }],
])("what is harmless is read as it stands: %j", (text, expected) => {
  expect(desiredIn(text)).toMatchObject(expected);
});
