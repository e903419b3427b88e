/** The terminal as a package: packed, installed in an empty folder, and run there by plain Node. */
import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repoRoot } from "../../cli/paths.ts";
import manifest from "../../package.json" with { type: "json" };
import { temporary, terminal } from "./support.ts";

/** A command of somebody who has nothing at home. */
const runAt =
  (home: string) =>
  (cwd: string, command: string, ...args: string[]): string =>
    execFileSync(command, args, { cwd, env: { ...terminal, HOME: home, INIT_CWD: cwd }, encoding: "utf8" });

test("what is packed runs in an empty folder, with nothing beside it", () => {
  const run = runAt(temporary());
  const packed = run(repoRoot, process.execPath, "scripts/pack.mjs").trim().split("\n").at(-1) ?? "";
  const folder = temporary();
  writeFileSync(join(folder, "package.json"), "{}");
  run(folder, "npm", "install", "--offline", "--no-audit", "--no-fund", join(repoRoot, "dist", packed));
  expect(readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["townkeeper"]);
  const town = join(folder, "node_modules/.bin/town");
  expect(run(folder, town, "--version")).toBe(`${manifest.version}\n`);
  expect(run(folder, town, "help")).toMatch(/^Usage: town \[options\] \[command\]/);
  expect(run(folder, town, "help", "bead", "create")).toMatch(/^Usage: town bead create \[options\] <title>/);
  expect(() => run(folder, town, "status")).toThrow(/no town keeper runs here/);
});
