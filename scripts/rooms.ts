/**
 * Who may import whom. One table for every folder: a file imports from its own room, from the rooms that are named for it, and from
 * the packages that are named for it. `npm run check` holds the tree to it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const LEAVES = ["src/lib"];
const WIRE = ["src/protocol", "src/agents", ...LEAVES];
const ROWS = ["src/db", ...WIRE];
const TOLD = ["src/webhooks", ...ROWS];
const WORK = ["src/unreadable", "src/attempts", "src/beads", ...TOLD];
const ENGINE = [
  "src/reconciler",
  "src/reconciler/gates",
  "src/actions",
  "src/commands",
  "src/events",
  "src/ports",
  "src/views",
  ...WORK,
];
const SQL = ["drizzle-orm", "zod"];
const PLATFORM = ["cloudflare:", "@cloudflare/"];

interface Room {
  /** What else it may import. */
  rooms: readonly string[];
  /** Null: any. */
  packages: readonly string[] | null;
  why: string;
}

type Imported = { path: string } | { name: string };
type Files = ReadonlyMap<string, string>;

/** From the top down. The longest name that fits a file's path is its room. */
export const ROOMS: Readonly<Record<string, Room>> = {
  "src/worker.ts": { rooms: ["src/api", "src/dos"], packages: PLATFORM, why: "the entry file only composes" },
  "src/api": {
    rooms: ["src/api/mcp", "src/dos", "src/queries", "src/commands", "src/events", "src/views", ...WIRE],
    packages: ["hono", "jose", "zod"],
    why: "routes speak to the town, not to its insides",
  },
  "src/api/mcp": {
    rooms: ["src/api", "src/dos", "src/queries", "src/commands", "src/views", ...WIRE],
    packages: ["hono", "zod", "@modelcontextprotocol/server"],
    why: "tools are operations of the contract by another way",
  },
  "src/dos": {
    rooms: ["src/queries", ...ENGINE, "migrations"],
    packages: [...SQL, ...PLATFORM],
    why: "objects wire what stands below them",
  },
  "src/queries": {
    rooms: ["src/queries/health/banner.ts", ...ENGINE],
    packages: SQL,
    why: "reads stand above the engine and know no platform",
  },
  "src/reconciler": {
    rooms: [
      "src/reconciler/rules",
      "src/reconciler/gates",
      "src/actions",
      "src/commands",
      "src/events",
      "src/ports",
      ...WORK,
    ],
    packages: SQL,
    why: "the engine sees interfaces of ports, and nothing that reads it",
  },
  "src/reconciler/rules": {
    rooms: ["src/reconciler", "src/reconciler/gates", "src/actions", ...LEAVES],
    packages: [],
    why: "a rule is pure: it sees a snapshot, no database, port, clock or chance",
  },
  "src/reconciler/gates": {
    rooms: ["src/reconciler", "src/attempts", "src/db", ...LEAVES],
    packages: ["drizzle-orm"],
    why: "a gate judges facts: it asks nobody",
  },
  "src/actions": { rooms: ["src/ports", ...WORK], packages: SQL, why: "an action changes rows and asks ports" },
  "src/commands": { rooms: ["src/views", "src/events", ...WORK], packages: SQL, why: "a command has no effects" },
  "src/events": { rooms: ["src/commands", ...WORK], packages: SQL, why: "an event has no effects" },
  "src/views": { rooms: WORK, packages: ["zod"], why: "a view shows rows, and reads none" },
  "src/unreadable": { rooms: ["src/beads", "src/attempts", ...ROWS], packages: SQL, why: "it sets rows aside" },
  "src/attempts": {
    rooms: ["src/beads", "src/ports", ...TOLD],
    packages: SQL,
    why: "an attempt is a try at a bead, and no more",
  },
  "src/beads": { rooms: TOLD, packages: SQL, why: "a bead does not know who tries it" },
  "src/webhooks": { rooms: ROWS, packages: SQL, why: "it writes down who is told, and decides nothing else" },
  "src/ports": { rooms: ROWS, packages: ["zod"], why: "ports know orders and answers" },
  "src/db": { rooms: WIRE, packages: SQL, why: "rows know only the words in them" },
  "src/protocol": { rooms: ["src/agents", ...LEAVES], packages: ["zod"], why: "the wire is shared with hosts" },
  "src/agents": { rooms: LEAVES, packages: ["zod"], why: "what is known of each agent's program" },
  "src/lib": { rooms: [], packages: ["zod"], why: "leaves: no database, no HTTP, no room above" },
  host: { rooms: WIRE, packages: null, why: "programs share the protocol with the town, nothing else" },
  cli: {
    rooms: ["host", "sample", "cli/api-types.ts", "package.json", ...WIRE],
    packages: null,
    why: "programs share the protocol with the town",
  },
  page: {
    rooms: ["src/lib", "src/queries/health/banner.ts", "cli/api-types.ts"],
    packages: ["preact", "@preact/signals"],
    why: "the page knows the contract, and nothing behind it",
  },
  "src/queries/health/banner.ts": { rooms: [], packages: [], why: "the banner is shared with the page" },
  "cli/api-types.ts": { rooms: [], packages: [], why: "the contract's types stand alone" },
  sample: { rooms: [], packages: null, why: "an example stands alone" },
  "scripts/api.mjs": { rooms: ["scripts", "src/api", "cli"], packages: null, why: "it writes what the registries say" },
  scripts: { rooms: [], packages: null, why: "scripts run before anything is installed" },
};

const roomOf = (path: string): string =>
  Object.keys(ROOMS)
    .filter((room) => path === room || path.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0] ??
  (path.startsWith("migrations/") ? "migrations" : (path.split("/")[0] ?? ""));

/** Statements, and imports within an expression or a type. */
const IMPORTS = /^(?:import|export)\b[^;"]*?"([^"]+)"|\bimport\("([^"]+)"\)/gm;

/** @returns what a file imports; a path from the root where it is a file of ours, a name where it is a package */
export const importsOf = (path: string, text: string): Imported[] =>
  [...text.matchAll(IMPORTS)]
    .filter(([statement]) => /\bfrom "|^import "|\bimport\("/.test(statement))
    .map(([, from, inline]) => from ?? inline ?? "")
    .map((name) =>
      name.startsWith(".")
        ? {
            path: normalize(join(dirname(path), name))
              .split(sep)
              .join("/"),
          }
        : { name },
    );

const isOf = (name: string, allowed: string): boolean =>
  name === allowed || name.startsWith(/[:/]$/.test(allowed) ? allowed : `${allowed}/`);

/** @returns why this import is refused, in a sentence; null if it is not */
function refusalOf(importer: string, imported: Imported): string | null {
  const room = roomOf(importer);
  const rules = ROOMS[room];
  if (!rules) return `${importer} is in no room`;
  const { rooms, packages, why } = rules;
  if ("path" in imported) {
    const { path } = imported;
    return roomOf(path) === room || rooms.includes(roomOf(path)) ? null : `${importer} must not import ${path}: ${why}`;
  }
  const { name } = imported;
  if (packages === null || packages.some((allowed) => isOf(name, allowed))) return null;
  const reason = isOf(name, "node:") ? "the Worker's code runs without Node's modules" : why;
  return `${importer} must not import ${name}: ${reason}`;
}

/** @returns a sentence for each import that the table refuses */
export const refusedImports = (files: Files): string[] =>
  [...files].flatMap(([path, text]) => importsOf(path, text).flatMap((imported) => refusalOf(path, imported) ?? []));

/** @returns files that import one another in a circle, a list for each circle */
export function circles(files: Files): string[][] {
  const graph = new Map(
    [...files].map(([path, text]) => [
      path,
      importsOf(path, text).flatMap((imported) =>
        "path" in imported && files.has(imported.path) ? [imported.path] : [],
      ),
    ]),
  );
  const order = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  /** @returns the earliest file on the stack that this one leads back to */
  const visit = (path: string): number => {
    const own = order.size;
    order.set(path, own);
    stack.push(path);
    let lowest = own;
    for (const next of graph.get(path) ?? []) {
      if (!order.has(next)) lowest = Math.min(lowest, visit(next));
      else if (stack.includes(next)) lowest = Math.min(lowest, order.get(next) ?? own);
    }
    if (lowest === own) {
      const circle = stack.splice(stack.indexOf(path)).sort();
      if (circle.length > 1 || graph.get(path)?.includes(path)) found.push(circle);
    }
    return lowest;
  };
  for (const path of graph.keys()) if (!order.has(path)) visit(path);
  return found;
}

/** @returns a sentence for each circle */
export const refusedCircles = (files: Files): string[] =>
  circles(files)
    .filter(([first = ""]) => first.startsWith("src/"))
    .map((circle) => `these import one another in a circle: ${circle.join(", ")}`);

/** @returns all programs of the table's rooms, by path from the root */
export const readRooms = (root: string): Map<string, string> =>
  new Map(
    ["src", "host", "cli", "page", "sample", "scripts"].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(ts|tsx|mjs)$/.test(entry.name))
        .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
        .map((path): [string, string] => [path, readFileSync(join(root, path), "utf8")]),
    ),
  );

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const files = readRooms(fileURLToPath(new URL("..", import.meta.url)));
  const wrong = [...refusedImports(files), ...refusedCircles(files)];
  for (const line of wrong) console.error(line);
  if (wrong.length > 0) process.exitCode = 1;
}
