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
  expect(lines[2]).toBe("+ rig app  repository /app.git; gate npm test; maxGate 15m");
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
    "~ agent ada  maxCost: 2 → 5",
  ]);
  expect(linesOf(now, true).slice(-2)).toEqual(["- agent eve", "- rig old"]);
  expect(() => linesOf(aTown({ agents: [{ ...ada, rig: "old" }] }))).toThrow(/ada stays with rig old/);
});

test.each([
  ["rigs: { app: { repo: /x } }", /rigs\.app: there is no repo here\. There are repository, branch, gate/],
  ["rigs: { app: { noChnage: park } }", /rigs\.app: there is no noChnage here\. Did you mean noChange\?/],
  ["agents: { ada: { comand: sh } }", /agents\.ada: .* Did you mean command\?/],
  ["settings: { maxAgnets: 3 }", /settings: there is no maxAgnets here\. Did you mean maxAgents\?/],
  ["settings: { stall: { stopMS: 3 } }", /settings\.stall: .* Did you mean stopMs\?/],
  ["settings: { maxAgents: many }", /settings\.maxAgents: must be .*number.*, and is a text/],
  ["rigs: { app: { gate: 5 } }", /rigs\.app\.gate: must be null or a text or a list, and is 5/],
  ["rigs: { app: { gate: '' } }", /rigs\.app\.gate/],
  ["rigs: { app: { maxGate: 20 } }", /rigs\.app\.maxGate: must be at least 1000/],
  ["agents: { ada: { rig: app, model: 'no model' } }", /agents\.ada\.model: use a model's name/],
  ["agnets: {}", /the file: there is no agnets here\. Did you mean agents\?/],
  ["agents: { ada: { rig: app, maxRun: soon } }", /agents\.ada\.maxRun: a time such as 30m/],
  ["agents: { ada: { rig: app, env: { A: 1 } } }", /agents\.ada\.env\.A/],
  ["rigs: [", /is no YAML/],
  ["- a", /the file/],
  ["colour: red", /the file: .*colour/],
])("%j is refused, and it is said where", (text, said) => {
  expect(() => desiredIn(text)).toThrow(said);
});

test("of what is there, what the file leaves out stays as it is; times are shown as they are written", () => {
  const file = "rigs: { app: { noChange: park, maxGate: 5s } }\nagents: { bob: { maxRun: 2m } }";
  const bobNow = { ...bob, maxRunMs: 3_600_000 };
  expect(linesOf(aTown({ agents: [ada, bobNow] }), false, file)).toEqual([
    "~ rig app  noChange: none → park; maxGate: 15m → 5s",
    "~ agent bob  maxRun: 1h → 2m",
  ]);
});

test.each([
  [
    "rigs: { api: { gate: make } }",
    false,
    /rigs\.api: it is new, so the file must say its repository\. Did you mean app\?/,
  ],
  ["agents: { eve: { preset: claude } }", false, /agents\.eve: it is new, so the file must say its rig/],
  ["agents: { eve: { rig: app } }", false, /agents\.eve: .* how it is run/],
  [
    "agents: { eve: { rig: apq, preset: claude } }",
    false,
    /agents\.eve\.rig: there is no rig apq.* Did you mean app\?/,
  ],
  ["rigs: { b: { repository: /b } }\nagents: { ada: {} }", true, /agents\.ada: it is of rig app, .* --prune/],
  ["settings: { stall: { nudgeMs: 4000000 } }", false, /settings: stall: the tiers come to 4000000, 2, 3600000/],
  ["settings: { leaseMs: 12000 }", false, /settings: leaseMs .* must be at least twice/],
  ["", true, /names no rig and no agent/],
  ["settings: { maxAgents: 3 }", true, /names no rig and no agent/],
])("%j (prune: %s) does not go with the town, and is refused before anything is done", (file, prune, said) => {
  expect(() => linesOf(aTown({}), prune, file)).toThrow(said);
});
