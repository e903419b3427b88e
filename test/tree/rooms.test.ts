/** The guard of import directions refuses what is planted in each folder, and finds circles, of types too. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { circles, importsOf, ROOMS, readRooms, refusedCircles, refusedImports } from "../../scripts/rooms.ts";

const files: Map<string, string> = readRooms(join(import.meta.dirname, "../.."));
/** The tree has no other refusal (the first test), and each is of one file alone. */
const planted = (path: string, text: string): Map<string, string> => new Map([[path, text]]);
const up = (path: string) => "../".repeat(path.split("/").length - 1);

/** For each room: something of ours and a package that it must not see. */
const FORBIDDEN: Record<string, [string, string]> = {
  "src/worker.ts": ["src/db/schema.ts", "drizzle-orm"],
  "src/api": ["src/reconciler/loop.ts", "node:fs"],
  "src/api/mcp": ["src/reconciler/loop.ts", "node:fs"],
  "src/dos": ["src/api/app.ts", "node:fs"],
  "src/queries": ["src/api/http.ts", "cloudflare:workers"],
  "src/reconciler": ["src/queries/reads.ts", "cloudflare:workers"],
  "src/reconciler/rules": ["src/db/schema.ts", "drizzle-orm"],
  "src/reconciler/gates": ["src/actions/index.ts", "zod"],
  "src/actions": ["src/reconciler/pass.ts", "@cloudflare/containers"],
  "src/commands": ["src/ports/ports.ts", "hono"],
  "src/events": ["src/actions/index.ts", "node:fs"],
  "src/views": ["src/commands/add-rig.ts", "drizzle-orm"],
  "src/unreadable": ["src/commands/add-rig.ts", "hono"],
  "src/attempts": ["src/actions/index.ts", "node:crypto"],
  "src/beads": ["src/attempts/settle.ts", "hono"],
  "src/webhooks": ["src/beads/over.ts", "hono"],
  "src/ports": ["src/attempts/claim.ts", "drizzle-orm"],
  "src/db": ["src/beads/over.ts", "cloudflare:workers"],
  "src/protocol": ["src/db/schema.ts", "drizzle-orm"],
  "src/agents": ["src/protocol/common.ts", "node:fs"],
  "src/lib": ["src/db/client.ts", "drizzle-orm/sqlite-core"],
  host: ["src/db/client.ts", ""],
  cli: ["src/reconciler/loop.ts", ""],
  page: ["src/db/schema.ts", "zod"],
  "src/queries/health/banner.ts": ["src/lib/text.ts", "zod"],
  "cli/api-types.ts": ["cli/api.ts", "zod"],
  sample: ["src/lib/text.ts", ""],
  "scripts/api.mjs": ["src/db/schema.ts", ""],
  scripts: ["cli/main.ts", ""],
};

test("the tree keeps to the table, and every room has its case here", () => {
  expect(refusedImports(files)).toEqual([]);
  expect(refusedCircles(files)).toEqual([]);
  expect(Object.keys(FORBIDDEN).sort()).toEqual(Object.keys(ROOMS).sort());
});

describe("what a room must not see is refused, also as a type", () => {
  test.each(Object.entries(FORBIDDEN))("%s", (room, [path, name]) => {
    const at = /\.\w+$/.test(room) ? room : `${room}/planted.ts`;
    for (const statement of [
      `import { x } from "${up(at)}${path}";`,
      `import type { X } from "${up(at)}${path}";`,
      `export * from "${up(at)}${path}";`,
      `type X = import("${up(at)}${path}").X;`,
    ])
      expect(refusedImports(planted(at, statement)), statement).toHaveLength(1);
    if (name) expect(refusedImports(planted(at, `import {\n  x,\n} from "${name}";`))).toHaveLength(1);
  });
});

test("files that import one another are a circle, however long, and also by types alone", () => {
  const ring = new Map([
    ["src/lib/a.ts", 'import { b } from "./b.ts";'],
    ["src/lib/b.ts", 'import type { C } from "./c.ts";'],
    ["src/lib/c.ts", 'export { a } from "./a.ts";'],
    ["src/lib/d.ts", 'import "./a.ts";'],
  ]);
  expect(circles(ring)).toEqual([["src/lib/a.ts", "src/lib/b.ts", "src/lib/c.ts"]]);
});

test("texts that look like imports are none", () => {
  expect(importsOf("src/lib/x.ts", 'const text = "import it from \\"./y.ts\\"";\nimport "./z.ts";')).toEqual([
    { path: "src/lib/z.ts" },
  ]);
});
