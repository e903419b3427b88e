/**
 * Fails when src/db/schema.ts says something that no migration does, or when what all of them leave is not what a new town is made from. Generates into a copy, so the tree stays as it is;
 * `drizzle-kit check` alone would only compare the migrations with each other.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { FINAL_SCHEMA, finalSchema } from "./final-schema.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const drizzleKit = join(root, "node_modules/.bin/drizzle-kit");

const sqlFiles = (folder) => readdirSync(folder).filter((name) => name.endsWith(".sql"));

/** drizzle-kit takes `--out` relative to where it runs, and nothing else. */
function generateInto(folder) {
  const options = ["--dialect", "sqlite", "--driver", "durable-sqlite", "--schema", "./src/db/schema.ts"];
  const args = ["generate", ...options, "--out", relative(root, folder)];
  // No input: asked whether something was renamed, it gives up instead of waiting.
  return spawnSync(drizzleKit, args, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
}

function main() {
  const cache = join(root, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const copy = mkdtempSync(join(cache, "migrations-"));
  try {
    cpSync(join(root, "migrations"), copy, { recursive: true });
    const before = sqlFiles(copy);
    const { status, stdout, stderr } = generateInto(copy);
    const created = sqlFiles(copy).filter((name) => !before.includes(name));
    const isSaidUnchanged = stdout.includes("No schema changes");
    if (status !== 0 || created.length > 0 || !isSaidUnchanged) {
      console.error(stdout + stderr);
      console.error("migrations: the schema has changed and no migration says so. Run `npm run db:generate`.");
      return 1;
    }
    if (readFileSync(FINAL_SCHEMA, "utf8") === finalSchema()) return 0;
    console.error("migrations: a new town is made from another schema than they leave. Run `npm run db:generate`.");
    return 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

process.exitCode = main();
