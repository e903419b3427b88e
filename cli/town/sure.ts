import { createInterface } from "node:readline/promises";
import { Fault } from "../fault.ts";

/** Asks before what can't be taken back, on a terminal alone: a script has said what it wants. @throws Fault after a no */
export async function sureOf(question: string, isSure: boolean | undefined): Promise<void> {
  if (isSure || !process.stdin.isTTY || !process.stderr.isTTY) return;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    if (/^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim())) return;
  } finally {
    lines.close();
  }
  throw new Fault("nothing was changed", 1);
}
