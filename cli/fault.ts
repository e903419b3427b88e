/** What a person can mend: shown as one line, without a stack. Code 2: nothing was started. Code 1: it was, and failed. Code 3: nobody answers. */
export class Fault extends Error {
  readonly exitCode: 1 | 2 | 3;

  constructor(message: string, exitCode: 1 | 2 | 3 = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What an unknown thrown thing says, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
