/** Questions to whoever sits at a terminal. */
import { createInterface } from "node:readline/promises";
import { Fault } from "../fault.ts";

const INTERRUPTED = 130;

export interface Terminal {
  /** @param left what to say where somebody leaves in place of an answer. @throws Fault then */
  ask(question: string, left?: string): Promise<string>;
  close(): void;
}

/** Null: nobody is there to be asked. */
export function terminalHere(): Terminal | null {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return null;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D close it; whether a question hears of that by itself depends on the release of Node.
  const closed = new Promise<null>((resolve) => lines.once("close", () => resolve(null)));
  return {
    async ask(question, left = "nothing was changed") {
      const answer = await Promise.race([lines.question(question).catch(() => null), closed]);
      if (answer !== null) return answer.trim();
      process.stderr.write("\n");
      throw new Fault(left, INTERRUPTED);
    },
    close: () => lines.close(),
  };
}
