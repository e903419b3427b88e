import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { inboxBytes } from "./limits.ts";

/** Adds a line of JSON with this word, unless one of its id is there already. Outside the worktree: it is never committed. */
export function putInto(path: string, { id, text }: { id: string; text: string }): void {
  const there = readLines(path);
  if (there.some((line) => idOf(line) === id) || there.join("\n").length > inboxBytes) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  appendFileSync(path, `${JSON.stringify({ id, at: new Date().toISOString(), text })}\n`, { mode: 0o600 });
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch {
    return [];
  }
}

/** The agent may write there too, and what it likes. */
function idOf(line: string): unknown {
  try {
    return (JSON.parse(line) as { id?: unknown } | null)?.id;
  } catch {
    return null;
  }
}
