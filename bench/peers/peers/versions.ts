import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The version that is pinned: the lockfile installs nothing else. */
export function pinned(...names: readonly string[]): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8"));
  return Object.fromEntries(names.map((name) => [name, dependencies[name]]));
}

/** Of what runs Townkeeper and the agents SDK alike. */
export function workerdVersion(): string {
  const path = join(import.meta.dirname, "../../../node_modules/workerd/package.json");
  return JSON.parse(readFileSync(path, "utf8")).version;
}
