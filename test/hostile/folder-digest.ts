import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Path → kind, mode and content, of everything below a folder. Links are not followed, and nothing is opened but regular files. */
export function digestOf(folder: string, leaveOut: (path: string) => boolean = () => false): Map<string, string> {
  const found = new Map<string, string>();
  // Names are bytes: one character for each, so that those that are no text are told apart.
  const look = (path: string): void => {
    if (leaveOut(path)) return;
    const full = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, "latin1")]);
    const entry = lstatSync(full);
    const mode = entry.mode.toString(8);
    if (entry.isDirectory()) {
      found.set(path, `folder ${mode}`);
      for (const name of readdirSync(full, "latin1")) look(join(path, name));
    } else if (entry.isSymbolicLink()) found.set(path, `link to ${readlinkSync(full)}`);
    else if (entry.isFile()) found.set(path, `file ${mode} ${sha(readFileSync(full))}`);
    else found.set(path, `special ${mode}`);
  };
  look(".");
  return found;
}

/** What is in one and not, or not so, in the other: one line each. */
export function differences(before: Map<string, string>, after: Map<string, string>): string[] {
  const lines: string[] = [];
  for (const [path, was] of before) {
    const is = after.get(path);
    if (is !== was) lines.push(is === undefined ? `${path} is gone` : `${path} was ${was}, is ${is}`);
  }
  for (const path of after.keys()) if (!before.has(path)) lines.push(`${path} is new`);
  return lines;
}

const sha = (content: Buffer): string => createHash("sha256").update(content).digest("hex").slice(0, 16);
