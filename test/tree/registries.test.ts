/** A test of the tree: the registries of commands and queries are what their files say. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commands } from "../../src/commands/index.ts";
import { namesIn, type Operation } from "../../src/lib/operation.ts";
import { queries } from "../../src/queries/index.ts";

const src = join(import.meta.dirname, "../../src");

/** The files of a folder that define one. */
const defining = (folder: string, how: string): string[] =>
  readdirSync(join(src, folder))
    .filter((name) => name.endsWith(".ts") && readFileSync(join(src, folder, name), "utf8").includes(` = ${how}(`))
    .map((name) => name.replace(/\.ts$/, ""))
    .sort();

test("each command and each query is one file and one line in its registry, named alike", () => {
  expect(commands.map(({ name }) => name).sort()).toEqual(defining("commands", "defineCommand"));
  expect(queries.map(({ name }) => name).sort()).toEqual(defining("queries", "defineQuery"));
});

test("each name in a path has its schema", () => {
  for (const { path, params = {} } of [...commands, ...queries] as Operation[])
    expect(Object.keys(params), path).toEqual(namesIn(path));
});
