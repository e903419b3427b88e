import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Edit, edited } from "./mutant.ts";

const ROOT = join(import.meta.dirname, "../..");

/** What a simulated world is made of. */
const PARTS = ["src", "sim", "migrations", "package.json"];

/** The files an edit list touches, as they would read after it. */
export function editedFiles(edits: readonly Edit[], root = ROOT): Map<string, string> {
  const byFile = Map.groupBy(edits, ({ file }) => file);
  return new Map([...byFile].map(([file, list]) => [file, edited(readFileSync(join(root, file), "utf8"), list)]));
}

/** What stands in the temporary folder now: a run that is broken off takes it along. */
const standing = new Set<string>();
const remove = (root: string) => {
  rmSync(root, { recursive: true, force: true });
  standing.delete(root);
};
process.on("exit", () => standing.forEach(remove));

/** A copy of the program with the edits applied, in a folder of its own that goes with it. */
export function mutatedTree(edits: readonly Edit[]): Disposable & { root: string } {
  const files = editedFiles(edits);
  const root = mkdtempSync(join(tmpdir(), "townkeeper-mutant-"));
  standing.add(root);
  for (const part of PARTS) cpSync(join(ROOT, part), join(root, part), { recursive: true });
  for (const [file, text] of files) writeFileSync(join(root, file), text);
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  return { root, [Symbol.dispose]: () => remove(root) };
}
