/** Bundles the tests' own Worker once for all files. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { repoRoot } from "../../cli/paths.ts";
import { type Bundle, bundle } from "../../cli/worker-bundle.ts";

declare module "vitest" {
  interface ProvidedContext {
    bundle: Bundle;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-browser-bundle-"));
  const entry = join(repoRoot, "test/browser/worker.ts");
  project.provide("bundle", await bundle(join(repoRoot, "wrangler.toml"), folder, entry));
  return () => rmSync(folder, { recursive: true, force: true });
}
