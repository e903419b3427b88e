/** A test of the tree: that the house is what its papers say. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

const filesIn = (folder: string, ...notRegistered: string[]): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => !notRegistered.includes(name))
    .map((name) => name.replace(/\.ts$/, "").replaceAll("-", "_"))
    .sort();

const read = (path: string) => readFileSync(join(root, path), "utf8");
/** The names that a registry lists, and the name that each file gives itself. */
const listed = (path: string) => [...read(path).matchAll(/^ {2}(\w+): \w+,/gm)].map((m) => m[1]).sort();

test("each action, event and rule is one file and one line in its registry, named alike", () => {
  expect(listed("src/actions/index.ts")).toEqual(filesIn("src/actions", "define.ts", "index.ts"));
  expect(listed("src/events/index.ts")).toEqual(filesIn("src/events", "define.ts", "index.ts", "report-event.ts"));
  for (const name of listed("src/actions/index.ts"))
    expect(read(`src/actions/${name?.replaceAll("_", "-")}.ts`)).toContain(`"${name}"`);
  const rules = filesIn("src/reconciler/rules", "index.ts");
  const order = /readonly Rule\[\] = \[([^\]]*)\]/.exec(read("src/reconciler/rules/index.ts"))?.[1] ?? "";
  expect(order.match(/^ {2}\w+/gm)).toHaveLength(rules.length);
  for (const name of rules)
    expect(read(`src/reconciler/rules/${name.replaceAll("_", "-")}.ts`)).toContain(`name: "${name}"`);
});

test("each gate is one file and one line in its registry, named alike", () => {
  const files = filesIn("src/reconciler/gates", "gate.ts", "index.ts", "candidates.ts", "way-out.ts");
  const order = /const registry = \[([^\]]*)\]/.exec(read("src/reconciler/gates/index.ts"))?.[1] ?? "";
  expect(order.match(/^ {2}\w+/gm)).toHaveLength(files.length);
  for (const name of files)
    expect(read(`src/reconciler/gates/${name.replaceAll("_", "-")}.ts`)).toContain(`name: "${name}"`);
});

test("an action is called by its name in its own file alone, and by the rules that plan it", () => {
  const names = listed("src/actions/index.ts").join("|");
  const called = new RegExp(`(\\w+:? )?["'\`](${names})[ "'\`]`, "g");
  const elsewhere = (readdirSync(join(root, "src"), { recursive: true }) as string[])
    .filter((path) => path.endsWith(".ts") && !path.startsWith("actions/"))
    .flatMap((path) =>
      [...read(join("src", path)).matchAll(called)]
        .filter(([, key]) => !(path.startsWith("reconciler/rules/") && (key === "type: " || key === "name: ")))
        .map(([text]) => `${path}: ${text}`),
    );
  expect(elsewhere).toEqual([]);
  for (const name of listed("src/actions/index.ts"))
    for (const other of filesIn("src/actions", "define.ts", "index.ts").filter((file) => file !== name))
      expect(read(`src/actions/${other.replaceAll("_", "-")}.ts`), other).not.toContain(`"${name}"`);
});

test("actions never import one another, and neither do rules, gates or events", () => {
  for (const [folder, shared] of [
    ["src/actions", ["./define.ts"]],
    ["src/events", ["./define.ts", "./report-event.ts"]],
    ["src/commands", ["./define.ts", "./inputs.ts", "./webhook-inputs.ts"]],
    ["src/reconciler/rules", []],
    ["src/reconciler/gates", ["./gate.ts", "./way-out.ts", "./candidates.ts"]],
  ] as const)
    for (const name of readdirSync(join(root, folder)).filter((file) => file !== "index.ts")) {
      const siblings = [...read(join(folder, name)).matchAll(/from "(\.\/[^"]+)"/g)].map((m) => m[1]);
      expect(
        siblings.filter((path) => !(shared as readonly string[]).includes(path ?? "")),
        name,
      ).toEqual([]);
    }
});

test("no file is so long that a reader must scroll for long", () => {
  const tooLong = ["src", "host", "cli", "page", "scripts", "sample", "test", "bench"].flatMap((folder) =>
    (readdirSync(join(root, folder), { recursive: true }) as string[])
      .map((name) => join(folder, name))
      .filter((name) => /\.(ts|tsx|mjs|css)$/.test(name) && !/node_modules|page\/dist/.test(name))
      // Made, and read by nobody.
      .filter((name) => name !== "cli/api-types.ts")
      .filter((name) => read(name).split("\n").length > 301),
  );
  expect(tooLong).toEqual([]);
});

test("what is computed in SQL comes as it comes: the town's session has no decoder for it", () => {
  const decodes = /\bmapWith\b|import \{[^}]*\b(count|countDistinct|sum|avg|min|max)\b[^}]*\} from "drizzle-orm"/;
  const decoded = (readdirSync(join(root, "src"), { recursive: true }) as string[])
    .filter((path) => path.endsWith(".ts") && path !== "db/session.ts")
    .filter((path) => decodes.test(read(join("src", path))));
  expect(decoded).toEqual([]);
});

test("the host opens files only where no link is followed, no pipe waited for and no size trusted", () => {
  const withReason: Record<string, string> = {
    "agent-files.ts": "does it with care, for what agents can replace",
    "untrusted-files.ts": "does it with care, for what agents leave",
    "state-files.ts": "does it with care, for the host's own records",
    "state-lock.ts": "makes a file that must not be there",
    "main.ts": "the token's file, which a flag names",
    "preflight-tool.ts": "in a folder that it has just made",
    "process-group.ts": "/proc, up to a bound",
    "process-stat.ts": "/proc",
    "git-folders.ts": "git directories, before an agent has them",
    "submodules.ts": "git directories, before an agent has them",
    "working-tree.ts": "the host's own git directory",
    "trailers.ts": "the host's own git directory",
    "nested.ts": "the host's own git directory",
    "lfs.ts": "git directories, before an agent has them",
    "lfs-upload.ts": "the host's own store",
  };
  const opens = /\b((read|write|append|copy)File(Sync)?|open(Sync)?|cp(Sync)?|create(Read|Write)Stream)\b/;
  const careless = filesIn("host")
    .map((name) => `${name.replaceAll("_", "-")}.ts`)
    .filter((name) => !(name in withReason) && !/\.(sh|mjs|json)\.ts$|Dockerfile/.test(name))
    .filter((name) =>
      opens.test(/import \{([^}]*)\} from "node:fs(\/promises)?"/.exec(read(`host/${name}`))?.[1] ?? ""),
    );
  expect(careless).toEqual([]);
});

test("the image of the host holds all that the host imports", () => {
  const copied = [...read("host/Dockerfile").matchAll(/^COPY (src\/\w+) \1$/gm)].map(([, folder]) => folder);
  const imported = filesIn("host")
    .map((name) => `host/${name.replaceAll("_", "-")}.ts`)
    .filter((path) => existsSync(join(root, path)))
    .flatMap((path) => [...read(path).matchAll(/from "\.\.\/(src\/\w+)\//g)].map(([, folder]) => folder));
  expect([...new Set(imported)].sort()).toEqual(copied.sort());
});

test("each walk through the code goes by files that are there, eight at most", () => {
  const walks = read("docs/walks.md").split("\n## ").slice(1);
  expect(walks).toHaveLength(3);
  for (const walk of walks) {
    const files = [...walk.matchAll(/^\| \d \| \[([^\]]+)\]\(\.\.\/([^)]+)\)/gm)];
    expect(files.length, walk.split("\n")[0]).toBeLessThanOrEqual(8);
    expect(files.length).toBe(walk.match(/^\| \d /gm)?.length);
    for (const [, shown, path = ""] of files) {
      expect(shown).toBe(path);
      expect(existsSync(join(root, path)), path).toBe(true);
    }
  }
});
