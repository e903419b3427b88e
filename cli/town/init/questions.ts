import { Fault } from "../../fault.ts";
import { terminalHere } from "../asking.ts";

/** What is asked of a person, and what is taken where nobody is there to answer. */
export interface Questions {
  /**
   * @param flag that answers it on the command line
   * @param left what to say where somebody leaves in place of an answer
   * @throws Fault if nobody can be asked and nothing can be guessed, or somebody leaves
   */
  ask(question: string, guess: string | null, flag: string, left?: string): Promise<string>;
  close(): void;
}

/** @param yes takes every guess */
export function questionsOf(yes: boolean): Questions {
  const terminal = yes ? null : terminalHere();
  return {
    async ask(question, guess, flag, left) {
      if (terminal)
        return (await terminal.ask(guess ? `${question} [${guess}] ` : `${question} `, left)) || (guess ?? "");
      if (guess !== null) return guess;
      throw new Fault(`${question} Answer with ${flag}`);
    },
    close: () => terminal?.close(),
  };
}
