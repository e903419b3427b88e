import { programEnv } from "./agent-env.ts";
import { timerMs } from "./clock.ts";
import { launch, type Program } from "./exec-driver.ts";
import type { Confinement } from "./isolation.ts";
import { type Outcome, rejected, StepFailure } from "./outcomes.ts";

type Gate = {
  command: readonly string[];
  place: Parameters<typeof programEnv>[0];
  marks: readonly string[];
  confinement: Confinement;
  maxMs: number;
  logPath: string;
  signal: AbortSignal;
  /** Called with the gate's program as soon as it runs. */
  onStart: (program: Program) => void;
};

/**
 * Runs the gate on the merged result.
 *
 * @returns null if it passed, else the rejection
 * @throws StepFailure `gate_missing` if it can't be started; the signal's reason if it aborted
 */
export async function runGate(gate: Gate): Promise<Outcome | null> {
  const program = await startGate(gate);
  gate.onStart(program);
  let late = false;
  const stop = () => void program.terminate();
  const timer = setTimeout(() => {
    late = true;
    stop();
  }, timerMs(gate.maxMs));
  if (gate.signal.aborted) stop();
  gate.signal.addEventListener("abort", stop, { once: true });
  const { code, signal } = await program.exited;
  clearTimeout(timer);
  gate.signal.removeEventListener("abort", stop);
  await program.terminate();
  gate.signal.throwIfAborted();
  if (code === 0 && !late) return null;
  const name = gate.command.join(" ").slice(0, 200);
  if (late) return rejected("gate_failed", `The gate took longer than ${gate.maxMs} ms: ${name}`, program.tail);
  const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
  return rejected("gate_failed", `The gate ${how}: ${name}`, program.tail);
}

async function startGate({ command, place, marks, logPath, confinement }: Gate): Promise<Program> {
  try {
    const env = programEnv(place, {}, confinement.account);
    return await launch({ argv: command, cwd: place.worktree, env, stdin: null, logPath, marks, confinement });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    const message = `The gate ${command[0]} could not be started on this host (${code}). Install it there, or change the rig's gate.`;
    throw new StepFailure("refused", "gate_missing", message);
  }
}
