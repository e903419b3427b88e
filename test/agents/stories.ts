/** What is lived through with each tool over each driver, and what of it the town must have understood. */
import { appendFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandOf, type PresetName } from "../../src/lib/presets/index.ts";
import { readIfThere, until } from "../e2e/support.ts";
import { PER_ANSWER, type Story } from "./model.ts";
import { type Driver, leftOut, type Told, type Tool } from "./tools.ts";
import { aKeeper, aTownWith, type Keeper, type Run, type Scene } from "./town.ts";

const PATIENCE_MS = 170_000;

interface Tale {
  told: Told;
  story: Story;
  turns?: boolean;
  more?: (tool: Tool, driver: Driver) => object;
  /** @returns what was recognised, for the table */
  live(scene: Scene, tool: Tool, driver: Driver): Promise<string>;
}

const first = async (scene: Scene, state: string): Promise<Run> => {
  await until(async () => (await scene.runs())[0]?.state === state, PATIENCE_MS);
  return (await scene.runs())[0] as Run;
};

/** The first run failed so, and the bead has paid for it or not. */
const ends = (kind: string, codes: readonly string[] = []) =>
  async function live(scene: Scene): Promise<string> {
    const pays = kind === "agent_failed";
    const run = await first(scene, pays ? "failed" : "released");
    expect(run.failure?.kind).toBe(kind);
    if (codes.length > 0) expect(codes).toContain(run.failure?.code);
    expect((await scene.bead()).failures).toBe(pays ? 1 : 0);
    return `${kind} ${run.failure?.code}`;
  };

/** Processes with this folder in their environment: in a namespace of their own they don't know their ids out here. */
const whoHas = (folder: string): string[] =>
  readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && readIfThere(`/proc/${pid}/environ`).includes(folder));

const limited = ["provider_limited"];
const tales: readonly Tale[] = [
  {
    told: "work",
    story: "work",
    async live(scene) {
      await until(async () => (await scene.bead()).status === "closed", PATIENCE_MS);
      expect(scene.remote.file("made.txt")).toBe("hi from a model");
      const [run, ...others] = await scene.runs();
      expect(others).toEqual([]);
      if (run?.usage) expect(run.usage.inputTokens).toBeGreaterThanOrEqual(2 * PER_ANSWER.input);
      expect(run?.outputTail).not.toContain('"jsonrpc"');
      return `landed, ${run?.usage ? `${run.usage.inputTokens} tokens${run.usage.costUsd === null ? "" : ", cost"}` : "no usage"}`;
    },
  },
  {
    told: "cancel",
    story: "hang",
    async live(scene) {
      await until(() => readIfThere(join(scene.watch, "begun")) !== "", PATIENCE_MS);
      await scene.api.act(scene.town, "/beads/lib-1/cancel", { reason: "not wanted any more" });
      await first(scene, "stopped");
      expect(whoHas(scene.watch)).toEqual([]);
      expect((await scene.bead()).status).toBe("cancelled");
      expect(scene.remote.branches()).toEqual(["main"]);
      return "stopped, nothing of it left";
    },
  },
  { told: "locked", story: "locked", live: ends("auth", ["auth"]) },
  {
    told: "limit",
    story: "limit",
    async live(scene, tool, driver) {
      const said = await ends("provider_limited", limited)(scene);
      await until(async () => (await scene.bead()).status === "closed", PATIENCE_MS);
      expect((await scene.bead()).failures).toBe(0);
      return `${said}, then landed (${tool} over ${driver})`.replace(/ \(.*/, "");
    },
  },
  { told: "limitUntold", story: "limitUntold", live: ends("provider_limited", limited) },
  { told: "busy", story: "busy", live: ends("provider_limited") },
  { told: "broken", story: "broken", live: ends("provider_limited", ["provider_down", "network"]) },
  { told: "refuse", story: "refuse", live: ends("agent_failed") },
  { told: "turns", story: "endless", turns: true, live: ends("agent_failed", ["max_turns"]) },
  {
    told: "budget",
    story: "work",
    more: () => ({ maxTokens: PER_ANSWER.input }),
    live: ends("agent_failed", ["over_budget"]),
  },
  {
    told: "hangs",
    story: "hang",
    more: () => ({ maxRunMs: 30_000 }),
    // Codex hands a command that goes on for long back to its model, and its turn ends with nothing done.
    live: ends("agent_failed", ["run_timeout", "no_commit"]),
  },
  {
    told: "stays",
    story: "work",
    more: (tool) => {
      const options = { driver: "exec", maxCostUsd: null, maxTokens: null, permissions: "allow" } as const;
      const model = { claude: null, codex: null, gemini: "gemini-2.5-flash", opencode: "local/m" }[tool];
      const command = commandOf([], { ...options, model, preset: tool as PresetName });
      return { command: ["sh", "-c", '"$@"; sleep 600', "sh", ...command] };
    },
    async live(scene) {
      await until(async () => (await scene.bead()).status === "closed", PATIENCE_MS);
      expect(await scene.runs()).toHaveLength(1);
      return "ended after its grace, landed";
    },
  },
  {
    told: "again",
    story: "second",
    more: () => ({ resume: true }),
    async live(scene) {
      const run = await first(scene, "failed");
      expect(run.failure?.code).toBe("no_commit");
      await until(async () => (await scene.bead()).status === "closed", PATIENCE_MS);
      expect(scene.model.asked.at(-1)?.remembers).toBe(true);
      return "went on with its session, landed";
    },
  },
];

/** One line of the table, and what the tool printed. */
function keep(
  scene: Scene,
  line: { tool: Tool; driver: Driver; told: Told; recognised: string },
  run: Run | undefined,
): void {
  const { TOWNKEEPER_TEST_TABLE: table, TOWNKEEPER_TEST_RECORD: record } = process.env;
  if (table) appendFileSync(table, `${JSON.stringify(line)}\n`);
  if (record && run) {
    const to = join(record, `${line.tool}-${line.driver}-${line.told}`);
    scene.keepLog(run.fence, `${to}.log`);
    appendFileSync(`${to}.json`, JSON.stringify({ state: run.state, failure: run.failure, usage: run.usage }));
  }
}

export function storiesOf(tool: Tool): void {
  let keeper: Keeper;
  beforeAll(async () => {
    keeper = await aKeeper();
  });
  afterAll(() => keeper?.stop());

  describe.each(["exec", "acp"] as const)(`${tool} over %s`, (driver) => {
    for (const { told, story, turns = false, more, live } of tales) {
      const why = leftOut(tool, driver, told);
      const line = { tool, driver, told };
      if (why !== null) {
        test(`${told}: left out, for ${why}`, () => {
          const { TOWNKEEPER_TEST_TABLE: table } = process.env;
          if (table) appendFileSync(table, `${JSON.stringify({ ...line, recognised: `– ${why}` })}\n`);
        });
        continue;
      }
      test.concurrent(told, async () => {
        const scene = await aTownWith(keeper, { tool, driver, story, turns, more: more?.(tool, driver) ?? {} });
        let recognised = "NOT RECOGNISED";
        try {
          recognised = await live(scene, tool, driver);
        } finally {
          const [run] = await scene.runs().catch(() => []);
          if (recognised === "NOT RECOGNISED" && run)
            recognised += `: ${run.state} ${run.failure?.kind ?? ""} ${run.failure?.code ?? ""}`;
          keep(scene, { ...line, recognised }, run);
          await scene.close();
        }
      });
    }
  });
}
