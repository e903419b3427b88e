import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Edit } from "./mutant.ts";
import { mutatedTree } from "./tree.ts";
import type { Killer, Said } from "./trial.ts";

export interface Limits {
  seeds: number;
  /** Where the seeds find nothing, try every n-th crash point too; null: don't. */
  points: number | null;
  /** Processor time without a step after which the trial counts as one that never ends. */
  stuckMs: number;
}

export interface Result {
  caught: boolean;
  /** Null: not in a world that can be named. */
  killer: Killer | null;
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
  /** What is tried before all else. */
  first?: Killer | undefined;
}

/** Tries one mutant, or with no edits the program itself, in a copy and a process of its own. */
export async function run({ edits, world = {}, scenario, first }: Trial, limits: Limits): Promise<Result> {
  const startedMs = performance.now();
  using tree = mutatedTree(edits);
  const args = ["--seeds", String(limits.seeds), "--world", JSON.stringify(world), "--stuck-ms", `${limits.stuckMs}`];
  if (first !== undefined) args.push("--first", JSON.stringify(first));
  if (scenario !== undefined) args.push("--scenario", scenario);
  if (limits.points !== null) args.push("--points", String(limits.points));
  const outcome = await watch(tree.root, args, limits.stuckMs);
  return { ...outcome, ms: Math.round(performance.now() - startedMs) };
}

/** Follows a trial line by line to its verdict. */
async function watch(root: string, args: string[], stuckMs: number): Promise<Omit<Result, "ms">> {
  const child = spawn(process.execPath, [join(root, "sim/mutants/trial.ts"), ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const orphaned = () => child.kill("SIGKILL");
  process.once("exit", orphaned);
  const exited = new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once("exit", (code, signal) => resolve([code, signal])),
  );
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-2_000);
  });
  let verdict: Omit<Result, "ms"> | null = null;
  for await (const line of createInterface({ input: child.stdout })) verdict ??= verdictOf(JSON.parse(line) as Said);
  const [code, signal] = await exited;
  process.off("exit", orphaned);
  if (verdict) return verdict;
  if (signal === "SIGKILL")
    return { caught: true, killer: null, by: `it worked for ${stuckMs / 1_000} s and took no step` };
  return broken(`the trial ended with code ${code}: ${complaints.trim().split("\n").at(-1) ?? ""}`);
}

function verdictOf(said: Said): Omit<Result, "ms"> | null {
  if ("caught" in said) return { caught: true, killer: said.killer, by: said.caught };
  if ("broken" in said) return broken(said.broken);
  return "done" in said ? { caught: false, killer: null, by: null } : null;
}

const broken = (why: string): Omit<Result, "ms"> => ({ caught: false, killer: null, by: null, broken: why });
