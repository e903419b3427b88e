import { createInterface } from "node:readline/promises";
import { Fault } from "../../fault.ts";

/** What is asked of a person, and what is taken where nobody is there to answer. */
export interface Questions {
  /**
   * @param flag that answers it on the command line
   * @throws Fault if nobody can be asked and nothing can be guessed
   */
  ask(question: string, guess: string | null, flag: string): Promise<string>;
  close(): void;
}

/** @param yes takes every guess */
export function questionsOf(yes: boolean): Questions {
  const canAsk = process.stdin.isTTY === true && process.stderr.isTTY === true && !yes;
  const lines = canAsk ? createInterface({ input: process.stdin, output: process.stderr }) : null;
  return {
    async ask(question, guess, flag) {
      if (lines)
        return (await lines.question(guess ? `${question} [${guess}] ` : `${question} `)).trim() || (guess ?? "");
      if (guess !== null) return guess;
      throw new Fault(`${question} Answer with ${flag}`);
    },
    close: () => lines?.close(),
  };
}
