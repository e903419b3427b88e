import { commandLine } from "../src/lib/shell-words.ts";
import { clip, oneLine } from "../src/lib/text.ts";
import { programEnv } from "./agent-env.ts";
import { timerMs } from "./clock.ts";
import { launch, type Program } from "./exec-driver.ts";
import type { Confinement } from "./isolation.ts";
import { lastSaid } from "./last-said.ts";
import { StepFailure } from "./outcomes.ts";

type Gate = {
  command: readonly string[];
  place: Parameters<typeof programEnv>[0];
  marks: readonly string[];
  confinement: Confinement;
  passEnv: readonly string[];
  maxMs: number;
  logPath: string;
  signal: AbortSignal;
  /** Called with the gate's program as soon as it runs. */
  onStart: (program: Program) => void;
};

/** `isMissing`: it, or a command that it calls, is not on this host, or not in what was to be judged. */
export type GateFailure = { isMissing: boolean; message: string; tail: string };

/** Of a gate's command, what names it; what it printed last stands behind that, where a list shows little. */
const nameChars = 120;
const shown = { lines: 1, chars: 160 };

/** What shells mean by these codes: a command that can't be executed, and one that was not found. */
const missingCodes = [126, 127];

/**
 * Runs the gate on what is checked out.
 *
 * @returns null if it passed, else why not
 * @throws the signal's reason if it aborted
 */
export async function runGate(gate: Gate): Promise<GateFailure | null> {
  const program = await startGate(gate);
  if ("isMissing" in program) return program;
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
  const { tail } = program;
  const what = `${clip(oneLine(commandLine(gate.command)), nameChars)}${tail.trim() ? "." : ""}${lastSaid(tail, shown)}`;
  if (late) return { isMissing: false, message: `The gate took longer than ${gate.maxMs} ms: ${what}`, tail };
  const isMissing = code !== null && missingCodes.includes(code);
  const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
  const hint = isMissing ? " (a command that it calls is missing, or can't be executed)" : "";
  return { isMissing, message: `The gate ${how}${hint}: ${what}`, tail };
}

/** Whose trouble it is when no work can pass the gate, and what mends it. */
export function brokenGate(failure: GateFailure, ofTip: GateFailure, tip: string): StepFailure {
  const isMissing = failure.isMissing && ofTip.isMissing;
  const fails = `The gate can't pass: it fails on ${tip} without any bead's work.`;
  // One that was never run is told as that first.
  const what = isMissing ? `${ofTip.message} ${fails}` : `${fails} ${ofTip.message}`;
  const mend = isMissing ? "Install it on this host" : "Mend what it tests";
  return new StepFailure(
    "rig_trouble",
    isMissing ? "gate_missing" : "gate_broken",
    `${what}\n${mend}, or change the rig's gate.`,
  );
}

async function startGate({
  command,
  place,
  marks,
  logPath,
  confinement,
  passEnv,
}: Gate): Promise<Program | GateFailure> {
  try {
    const env = programEnv(place, { passEnv, account: confinement.account });
    return await launch({ argv: command, cwd: place.worktree, env, stdin: null, logPath, marks, confinement });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    return { isMissing: true, message: `The gate ${command[0]} could not be started (${code}).`, tail: "" };
  }
}
