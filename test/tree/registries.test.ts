/** A test of the tree: the registries of commands and queries are what their files say. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commands } from "../../src/commands/index.ts";
import { namesIn, type Operation, pathOf } from "../../src/lib/operation.ts";
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

test("openapi.json and docs/api.md list the routes of the registries, and no others", () => {
  const read = (path: string) => readFileSync(join(src, "..", path), "utf8");
  const routes = [...commands, ...queries].map((one) => `${one.method} ${pathOf(one)}`).sort();
  const { paths } = JSON.parse(read("openapi.json")) as { paths: Record<string, object> };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(routes);
  const told = [...read("docs/api.md").matchAll(/^### `(\w+) ([^`?]+)[^`]*`$/gm)];
  expect(told.map(([, method, path]) => `${method} ${path}`).sort()).toEqual(routes);
});
