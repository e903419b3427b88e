import { Fault } from "../fault.ts";
import { terminalHere } from "./asking.ts";

/**
 * Asks on a terminal, unless that was answered before. Where nobody can be asked, what can be had back is done: a script has said what it wants.
 *
 * @param written the command that does it unasked, of what can't be had back
 * @throws Fault after a no, where somebody leaves, and where nobody can be asked of what can't be had back
 */
export async function sureOf(question: string, isSure: boolean | undefined, written?: string): Promise<void> {
  if (isSure) return;
  const terminal = terminalHere();
  if (terminal === null) {
    if (written === undefined) return;
    throw new Fault(
      `this can't be taken back, and nobody is there to be asked: \`${written}\` does it. Nothing was changed`,
    );
  }
  try {
    if (/^y(es)?$/i.test(await terminal.ask(`${question} [y/N] `))) return;
  } finally {
    terminal.close();
  }
  throw new Fault("nothing was changed", 1);
}
