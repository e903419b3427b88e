/** Nobody wonders about less. */
const QUIET_MS = 1_500;

/** Says on the standard error what is waited for, where the answer takes a while. */
export async function saying<T>(what: string, answer: Promise<T>): Promise<T> {
  const timer = setTimeout(() => process.stderr.write(`waiting: ${what} …\n`), QUIET_MS);
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
  }
}

export const looksAtRig = "a host looks what is at the repository; that takes 25 s at most";
export const looksAtAgent = (agent: string): string =>
  `${agent}'s host looks whether it could work; that takes a minute or two at most`;
