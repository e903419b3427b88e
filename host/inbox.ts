import type { FileHandle } from "node:fs/promises";
import { openToAppend } from "./agent-files.ts";
import { inboxBytes } from "./limits.ts";

/**
 * Adds a line of JSON with this word, unless one of its id is there already, or the file is full. It lies outside the
 * worktree: it is never committed.
 *
 * @throws NotAFile if the agent put something else in its place
 */
export async function putInto(path: string, { id, text }: { id: string; text: string }): Promise<void> {
  const inbox = await openToAppend(path);
  try {
    const { size } = await inbox.stat();
    if (size > inboxBytes || (await linesIn(inbox, size)).some((line) => idOf(line) === id)) return;
    await inbox.appendFile(`${JSON.stringify({ id, at: new Date().toISOString(), text })}\n`);
  } finally {
    await inbox.close();
  }
}

async function linesIn(inbox: FileHandle, size: number): Promise<string[]> {
  const { buffer, bytesRead } = await inbox.read(Buffer.alloc(size), 0, size, 0);
  return buffer.toString("utf8", 0, bytesRead).split("\n");
}

/** The agent may write there too, and what it likes. */
function idOf(line: string): unknown {
  try {
    return (JSON.parse(line) as { id?: unknown } | null)?.id;
  } catch {
    return null;
  }
}
