/** What the tests of real processes share. */
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

import { repoRoot } from "../../cli/paths.ts";

export { commandOf, descendants, readIfThere } from "./processes.ts";

/** What every command of a test has in its environment: the programs, and what was compiled of ours before. */
export const terminal = {
  PATH: process.env.PATH,
  NODE_COMPILE_CACHE: join(repoRoot, "node_modules/.cache/townkeeper/compiled"),
};

/** A folder that is gone after the test. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-e2e-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

export const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks again until the answer is yes. An error is a no: what is asked may be down just now. */
export async function until(condition: () => unknown, ms: number): Promise<void> {
  const deadline = performance.now() + ms;
  for (;;) {
    const last = await Promise.resolve()
      .then(condition)
      .catch((error: unknown) => ({ error }));
    if (last && !isError(last)) return;
    if (performance.now() > deadline) throw new Error(`waited in vain for: ${condition}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const isError = (answer: unknown): boolean => typeof answer === "object" && answer !== null && "error" in answer;
