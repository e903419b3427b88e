/** Asks again until the answer is yes, and returns it. An error is a no. */
export async function until<T>(question: () => T | Promise<T>, ms: number, everyMs = 100): Promise<NonNullable<T>> {
  const deadline = performance.now() + ms;
  for (;;) {
    let trouble: unknown;
    try {
      const answer = await question();
      if (answer) return answer;
    } catch (error) {
      trouble = error;
    }
    if (performance.now() > deadline) throw new Error(`waited ${ms} ms in vain for: ${question}`, { cause: trouble });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
