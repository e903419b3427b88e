/**
 * Whoever read our output may stop (`npm start | head`): then nobody listens, and that is no reason to fall over.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}

/** What only tells something is over when nobody listens any more (`town watch | head`). */
export function endWithReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => process.exit());
}
