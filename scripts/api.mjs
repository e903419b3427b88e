/**
 * `npm run api`: writes what is made from the registries of commands and queries. With `--check` it writes nothing, and fails
 * where a file is not what would be written.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { docsMarkdown } from "../src/api/docs.ts";
import { openApi } from "../src/api/openapi.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const document = openApi();
const files = {
  "openapi.json": `${JSON.stringify(document, null, 2)}\n`,
  "docs/api.md": docsMarkdown(document),
};

const checks = process.argv.includes("--check");
const stale = Object.entries(files).filter(([name, text]) => !checks || readOr(join(root, name)) !== text);
for (const [name, text] of checks ? [] : stale) writeFileSync(join(root, name), text);
for (const [name] of stale)
  console.log(checks ? `${name} is not what the registries say: npm run api` : `wrote ${name}`);
process.exit(checks && stale.length > 0 ? 1 : 0);

function readOr(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
