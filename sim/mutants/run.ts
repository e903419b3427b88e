import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Edit } from "./mutant.ts";
import { mutatedTree } from "./tree.ts";
import type { Said } from "./trial.ts";

export interface Limits {
  seeds: number;
  /** Where the seeds find nothing, try every n-th crash point too; null: don't. */
  points: number | null;
  /** Without a sign of progress for this long, the trial counts as one that never ends. */
  silenceMs: number;
}

export interface Result {
  caught: boolean;
  seedsToKill: number | null;
  /** The violation that gave it away, or how its trial ended. */
  by: string | null;
  /** Says why when the mutant could not be tried at all. */
  broken?: string;
  ms: number;
}

interface Trial {
  edits: readonly Edit[];
  world?: Readonly<Record<string, unknown>> | undefined;
  scenario?: string | undefined;
}

/** Tries one mutant, or with no edits the program itself, in a copy and a process of its own. */
export async function run({ edits, world = {}, scenario }: Trial, limits: Limits): Promise<Result> {
  const startedMs = performance.now();
  using tree = mutatedTree(edits);
  const args = ["--seeds", String(limits.seeds), "--world", JSON.stringify(world)];
  if (scenario !== undefined) args.push("--scenario", scenario);
  if (limits.points !== null) args.push("--points", String(limits.points));
  const outcome = await watch(tree.root, args, limits.silenceMs);
  return { ...outcome, ms: Math.round(performance.now() - startedMs) };
}

/** Follows a trial line by line to its verdict. */
async function watch(root: string, args: string[], silenceMs: number): Promise<Omit<Result, "ms">> {
  const child = spawn(process.execPath, [join(root, "sim/mutants/trial.ts"), ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const orphaned = () => child.kill("SIGKILL");
  process.once("exit", orphaned);
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-2_000);
  });
  let passed = 0;
  let hung = false;
  let verdict: Omit<Result, "ms"> | null = null;
  const kill = () => {
    hung = true;
    child.kill("SIGKILL");
  };
  let timer = setTimeout(kill, silenceMs);
  for await (const line of createInterface({ input: child.stdout })) {
    clearTimeout(timer);
    timer = setTimeout(kill, silenceMs);
    const said = JSON.parse(line) as Said;
    if ("passed" in said && typeof said.passed === "number") passed = said.passed;
    verdict ??= verdictOf(said);
  }
  clearTimeout(timer);
  const code = await exited;
  process.off("exit", orphaned);
  if (hung) return { caught: true, seedsToKill: passed + 1, by: `timeout: no progress for ${silenceMs / 1_000} s` };
  return verdict ?? broken(`the trial ended with code ${code}: ${complaints.trim().split("\n").at(-1) ?? ""}`);
}

function verdictOf(said: Said): Omit<Result, "ms"> | null {
  if ("caught" in said) return { caught: true, seedsToKill: said.seed, by: said.caught };
  if ("broken" in said) return broken(said.broken);
  return "done" in said ? { caught: false, seedsToKill: null, by: null } : null;
}

const broken = (why: string): Omit<Result, "ms"> => ({ caught: false, seedsToKill: null, by: null, broken: why });
