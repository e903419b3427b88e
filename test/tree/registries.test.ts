/** A test of the tree: the registries of commands and queries are what their files say. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { app } from "../../src/api/app.ts";
import { commands } from "../../src/commands/index.ts";
import { namesIn, type Operation } from "../../src/lib/operation.ts";
import { queries } from "../../src/queries/index.ts";

const src = join(import.meta.dirname, "../../src");

/** The files of a folder that define one. */
const defining = (folder: string, how: RegExp): string[] =>
  readdirSync(join(src, folder))
    .filter((name) => name.endsWith(".ts") && how.test(readFileSync(join(src, folder, name), "utf8")))
    .map((name) => name.replace(/\.ts$/, ""))
    .sort();

test("each command and each query is one file and one line in its registry, named alike", () => {
  expect(commands.map(({ name }) => name).sort()).toEqual(defining("commands", / = defineCommand\(/));
  expect(queries.map(({ name }) => name).sort()).toEqual(defining("queries", / = define(?:Host)?Query\(/));
});

test("each name in a path has its schema", () => {
  for (const { path, params = {} } of [...commands, ...queries] as Operation[])
    expect(Object.keys(params), path).toEqual(namesIn(path));
});

/** What hosts send, and what says nothing of any town. */
const NOT_FOR_OPERATORS = [
  "GET /",
  "GET /assets/{file}",
  "GET /docs",
  "GET /healthz",
  "GET /openapi.json",
  "GET /t/*",
  "GET /v1/towns/{town}/hosts/{host}/channel",
  "GET /v1/towns/{town}/reports",
  "POST /v1/towns/{town}/reports",
];

/** Each route that is answered, as OpenAPI writes it. */
const routesOf = ({ routes }: typeof app): string[] => {
  const all = routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replaceAll(/(?<=\/):(\w+)/g, "{$1}")}`);
  // One that is followed has a handler more.
  return [...new Set(all)].filter((route) => !NOT_FOR_OPERATORS.includes(route)).sort();
};

test("openapi.json and docs/api.md list the routes that are answered, and no others", () => {
  const read = (path: string) => readFileSync(join(src, "..", path), "utf8");
  const routes = routesOf(app);
  const { paths } = JSON.parse(read("openapi.json")) as { paths: Record<string, object> };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(routes);
  const told = [...read("docs/api.md").matchAll(/^### `(\w+) ([^`?]+)[^`]*`$/gm)];
  expect(told.map(([, method, path]) => `${method} ${path}`).sort()).toEqual(routes);
});
