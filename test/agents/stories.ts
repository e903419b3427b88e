/** What is lived through with each tool over each driver, and what of it the town must have understood. */
import { appendFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { argvOf, type PresetName } from "../../src/agents/index.ts";
import { readIfThere, until } from "../e2e/support.ts";
import { unlimited } from "../host/program.ts";
import { PER_ANSWER, type Story } from "./model.ts";
import { headOf, record } from "./recording.ts";
import { type Driver, leftOut, modelOf, namesReset, type Told, type Tool, waitsUnseen } from "./tools.ts";
import { aKeeper, aTownWith, type Keeper, type Run, type Scene } from "./town.ts";

const PATIENCE_MS = 300_000;

interface Recognised {
  /** For the table. */
  words: string;
  /** For how long the provider takes nothing, if the tool said so. */
  resetMs?: number | null;
}

interface Tale {
  told: Told;
  story: Story;
  turns?: boolean;
  more?: (tool: Tool) => object;
  settings?: object;
  live(scene: Scene, tool: Tool, driver: Driver): Promise<Recognised>;
}

const first = async (scene: Scene, state: string): Promise<Run> => {
  await until(async () => (await scene.runs())[0]?.state === state, PATIENCE_MS);
  return (await scene.runs())[0] as Run;
};

/** The first run failed so, and the bead has paid for it or not. */
const ends = (kind: string, codes: readonly string[] = []) =>
  async function live(scene: Scene): Promise<Recognised> {
    const pays = kind === "agent_failed";
    const run = await first(scene, pays ? "failed" : "released");
    expect(run.failure?.kind).toBe(kind);
    if (codes.length > 0) expect(codes).toContain(run.failure?.code);
    expect((await scene.bead()).failures).toBe(pays ? 1 : 0);
    const resetMs = kind === "provider_limited" ? await scene.resetMs() : null;
    const reset = resetMs === null ? "" : `, reset in ${Math.round(resetMs / 1_000)} s`;
    return { words: `${kind} ${run.failure?.code}${reset}`, resetMs };
  };

/** Processes with this folder in their environment: in a namespace of their own they don't know their ids out here. */
const whoHas = (folder: string): string[] =>
  readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && readIfThere(`/proc/${pid}/environ`).includes(folder));

const limited = ["provider_limited"];
/** A further try is part of the story. */
const soon = { backoffBaseMs: 200, backoffCapMs: 1_000 };
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
      const words = `landed, ${run?.usage ? `${run.usage.inputTokens} tokens${run.usage.costUsd === null ? "" : ", cost"}` : "no usage"}`;
      return { words };
    },
  },
  {
    told: "cancel",
    story: "hang",
    async live(scene) {
      await until(() => readIfThere(join(scene.watch, "begun")) !== "", PATIENCE_MS);
      await scene.api.of(scene.town).post("/beads/{bead}/cancel", { bead: "lib-1" }, { reason: "not wanted any more" });
      await first(scene, "stopped");
      expect(whoHas(scene.watch)).toEqual([]);
      expect((await scene.bead()).status).toBe("cancelled");
      expect(scene.remote.branches()).toEqual(["main"]);
      return { words: "stopped, nothing of it left" };
    },
  },
  { told: "locked", story: "locked", live: ends("auth", ["auth"]) },
  {
    told: "limit",
    story: "limit",
    settings: soon,
    async live(scene, tool, driver) {
      if (waitsUnseen(tool, driver)) {
        await until(async () => (await scene.bead()).status === "closed", PATIENCE_MS);
        expect(await scene.runs()).toHaveLength(1);
        return { words: "waited for its reset itself, landed" };
      }
      const { words, resetMs = null } = await ends("provider_limited", limited)(scene);
      expect(resetMs !== null).toBe(namesReset(tool, driver));
      if (resetMs === null) {
        await until(() => Date.now() > scene.model.resetMs(), PATIENCE_MS);
        await scene.isWell();
      }
      await until(async () => (await scene.bead()).status === "closed", PATIENCE_MS);
      expect((await scene.bead()).failures).toBe(0);
      return { words: `${words}, then landed`, resetMs };
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
    // Longer than an agent may say nothing while no tool is at work.
    more: () => ({ maxRunMs: 75_000 }),
    async live(scene) {
      // Codex hands a command that goes on for long back to its model, and its turn ends with nothing done.
      const said = await ends("agent_failed", ["run_timeout", "no_commit"])(scene);
      expect(readIfThere(join(scene.watch, "begun"))).not.toBe("");
      return said;
    },
  },
  {
    told: "stays",
    story: "work",
    more: (tool) => {
      const command = argvOf([], { ...unlimited, model: modelOf(tool), preset: tool as PresetName });
      return { command: ["sh", "-c", '"$@"; sleep 600', "sh", ...command] };
    },
    async live(scene) {
      await until(async () => (await scene.bead()).status === "closed", PATIENCE_MS);
      expect(await scene.runs()).toHaveLength(1);
      return { words: "ended after its grace, landed" };
    },
  },
  {
    told: "again",
    story: "second",
    more: () => ({ resume: true }),
    settings: soon,
    async live(scene) {
      const run = await first(scene, "failed");
      expect(run.failure?.code).toBe("no_commit");
      await until(async () => (await scene.bead()).status === "closed", PATIENCE_MS);
      expect(scene.model.asked.at(-1)?.remembers).toBe(true);
      return { words: "went on with its session, landed" };
    },
  },
];

type Line = { tool: Tool; driver: Driver; told: Told };

function tell(line: Line, recognised: string): void {
  const { TOWNKEEPER_TEST_TABLE: table } = process.env;
  if (table) appendFileSync(table, `${JSON.stringify({ ...line, recognised })}\n`);
}

/** What the tool printed in the run that the story is about. */
async function keep(scene: Scene, { tool, driver, told }: Line, resetMs: number | null): Promise<void> {
  const { TOWNKEEPER_TEST_RECORD: folder } = process.env;
  const runs = await scene.runs();
  const run = told === "again" ? runs.at(-1) : runs[0];
  if (!folder || !run) return;
  const head = headOf(run, resetMs, told === "again");
  record(join(folder, `${tool}-${driver}-${told}.txt`), scene.logOf(run.fence), head, scene.places);
}

export function storiesOf(tool: Tool): void {
  let keeper: Keeper;
  beforeAll(async () => {
    keeper = await aKeeper();
  });
  afterAll(() => keeper?.stop());

  describe.each(["exec", "acp"] as const)(`${tool} over %s`, (driver) => {
    for (const { told, story, turns = false, more, settings = {}, live } of tales) {
      const why = leftOut(tool, driver, told);
      const line = { tool, driver, told };
      if (why !== null) {
        test(`${told}: left out, for ${why}`, () => tell(line, `– ${why}`));
        continue;
      }
      test.concurrent(told, async () => {
        const how = { tool, driver, story, turns, more: more?.(tool) ?? {}, settings };
        const scene = await aTownWith(keeper, how);
        const beganMs = Date.now();
        try {
          const { words, resetMs = null } = await live(scene, tool, driver);
          tell(line, `${words} (${Math.round((Date.now() - beganMs) / 1_000)} s)`);
          await keep(scene, line, resetMs);
        } catch (error) {
          const [run] = await scene.runs().catch(() => []);
          tell(line, `NOT RECOGNISED: ${run?.state} ${run?.failure?.kind ?? ""} ${run?.failure?.code ?? ""}`);
          throw error;
        } finally {
          await scene.close();
        }
      });
    }
  });
}
