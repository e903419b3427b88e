/** What the tests of real processes share. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

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

export const readIfThere = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

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

export const commandOf = (pid: number): string => readIfThere(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();

/** The processes below one, children's children included. */
export function descendants(ancestor: number): { pid: number; command: string }[] {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => {
        const stat = readIfThere(`/proc/${name}/stat`);
        return [Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])] as const;
      }),
  );
  const found: number[] = [ancestor];
  for (const pid of found)
    for (const [child, parent] of parents) if (parent === pid && !found.includes(child)) found.push(child);
  return found
    .slice(1)
    .map((pid) => ({ pid, command: commandOf(pid) }))
    .filter(({ command }) => command !== ""); // gone already
}
