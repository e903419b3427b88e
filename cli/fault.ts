/**
 * What a person can mend: shown as one line, without a stack. Exit code 2: nothing was started. 1: it was, and failed. 3: nobody answers. 130: somebody left.
 */
export class Fault extends Error {
  readonly exitCode: 1 | 2 | 3 | 130;
  /** The stable word for it, where the Worker said it. */
  readonly code: string | undefined;

  constructor(message: string, exitCode: 1 | 2 | 3 | 130 = 2, code?: string) {
    super(message);
    this.exitCode = exitCode;
    this.code = code;
  }
}

/** What an unknown thrown thing says, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Nobody answered, not in time, or an answer was broken off. */
export const isUnanswered = (error: unknown): boolean =>
  (error instanceof TypeError && /^(fetch failed|terminated)$/.test(error.message)) ||
  (error instanceof DOMException && error.name === "TimeoutError");
