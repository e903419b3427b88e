/** town.yaml, as a function of the file and of the town that is there. */
import { expect, test } from "vitest";
import type { Agent } from "../../cli/api.ts";
import type { components } from "../../cli/api-types.ts";
import { desiredIn } from "../../cli/town/apply/file.ts";
import { changeLine, changesTo, type Now } from "../../cli/town/apply/plan.ts";

const FILE = `
settings: { maxAgents: 3, stall: { stopMs: 3600000 } }
rigs:
  app: { repository: /app.git, gate: npm test, maxGate: 15m }
agents:
  ada: { rig: app, preset: claude, maxCost: 5 }
  bob: { rig: app, command: "./agent.sh {prompt_file}", env: { WORDS: "s3cret" } }
`;

const rig = { id: "app", repoUrl: "/app.git", gate: ["npm", "test"], maxGateMs: 900_000 };
const ada = { id: "ada", rig: "app", role: "builder", preset: "claude", maxCostUsd: 5, command: ["claude"], env: [] };
const bob = { ...ada, id: "bob", preset: "exec", command: ["./agent.sh", "{prompt_file}"], env: ["WORDS"] };
const settings = { maxAgents: 3, stall: { nudgeMs: 1, escalateMs: 2, stopMs: 3_600_000 } };

/** What of them a file can speak of. */
const aTown = (more: { settings?: object; rigs?: object[]; agents?: object[] }): Now => ({
  town: { settings: more.settings ?? settings } as components["schemas"]["Town"],
  rigs: (more.rigs ?? [rig]) as components["schemas"]["Rig"][],
  agents: (more.agents ?? [ada, bob]) as Agent[],
});

const linesOf = (now: Now, prune = false, file = FILE) =>
  changesTo("home", desiredIn(file), now, prune).map(changeLine);

test("of no town all is added, in the order in which it can be; no value of an environment is shown", () => {
  const lines = linesOf(null);
  expect(lines.map((line) => line.split("  ")[0])).toEqual([
    "+ town home",
    "~ settings home",
    "+ rig app",
    "+ agent ada",
    "+ agent bob",
  ]);
  expect(lines[2]).toBe("+ rig app  repoUrl /app.git; gate npm test; maxGateMs 900000");
  expect(lines.join("\n")).not.toContain("s3cret");
});

test("what is so is left alone, but an environment, whose values nobody tells", () => {
  expect(linesOf(aTown({}))).toEqual(["~ agent bob  env WORDS (set anew: values can't be compared)"]);
});

test("what differs is changed, field by field; what is not named goes only by prune, agents before rigs", () => {
  const now = aTown({
    settings: { ...settings, maxAgents: null },
    rigs: [
      { ...rig, gate: null },
      { ...rig, id: "old" },
    ],
    agents: [{ ...ada, maxCostUsd: 2 }, bob, { ...ada, id: "eve", rig: "old" }],
  });
  const lines = linesOf(now);
  expect(lines.slice(0, 3)).toEqual([
    "~ settings home  maxAgents: none → 3",
    "~ rig app  gate: none → npm test",
    "~ agent ada  maxCostUsd: 2 → 5",
  ]);
  expect(linesOf(now, true).slice(-2)).toEqual(["- agent eve", "- rig old"]);
  expect(() => linesOf(aTown({ agents: [{ ...ada, rig: "old" }] }))).toThrow(/ada stays with rig old/);
});

test.each([
  ["rigs: { app: { repo: /x } }", /rigs\.app/],
  ["rigs: { app: {} }", /rigs\.app\.repository/],
  ["agents: { ada: { rig: app, maxRun: soon } }", /agents\.ada\.maxRun: a time such as 30m/],
  ["agents: { ada: { rig: app, env: { A: 1 } } }", /agents\.ada\.env\.A/],
  ["rigs: [", /is no YAML/],
  ["- a", /the file/],
  ["colour: red", /the file: .*colour/],
])("%j is refused, and it is said where", (text, said) => {
  expect(() => desiredIn(text)).toThrow(said);
});
