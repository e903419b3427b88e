/** `npm run db:generate -- --name NAME`: a migration for what has changed in the schema, and what all of them leave. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FINAL_SCHEMA, finalSchema } from "./final-schema.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const args = ["generate", ...process.argv.slice(2)];
const { status } = spawnSync(join(root, "node_modules/.bin/drizzle-kit"), args, { cwd: root, stdio: "inherit" });
if (status === 0) {
  mkdirSync(dirname(FINAL_SCHEMA), { recursive: true });
  writeFileSync(FINAL_SCHEMA, finalSchema());
}
process.exitCode = status ?? 1;
