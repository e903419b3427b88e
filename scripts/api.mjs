/**
 * `npm run api`: writes what is made from the registries of commands and queries, from the table of commands at the terminal, and from the schemas of settings. With `--check` it writes nothing, and fails
 * where a file is not what would be written; of the types it then sees only whether they were made from this openapi.json.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cliMarkdown } from "../cli/town/docs.ts";
import { AFTER, program } from "../cli/town/program.ts";
import { docsMarkdown } from "../src/api/docs.ts";
import { openApi } from "../src/api/openapi.ts";
import { settingsMarkdown } from "../src/api/settings-docs.ts";
import { apiTypes, headOf } from "./api-types.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const document = openApi();
const openApiText = `${JSON.stringify(document, null, 2)}\n`;
const files = [
  fileOf("openapi.json", openApiText),
  fileOf("docs/cli.md", cliMarkdown(program(), AFTER)),
  fileOf("docs/api.md", docsMarkdown(document)),
  fileOf("docs/settings.md", settingsMarkdown()),
  {
    name: "cli/api-types.ts",
    isFresh: (found) => found.startsWith(headOf(openApiText)),
    make: () => apiTypes(root, openApiText),
  },
];

const checks = process.argv.includes("--check");
const stale = files.filter(({ name, isFresh }) => !isFresh(readOr(join(root, name))));
for (const { name, make } of stale) {
  if (!checks) writeFileSync(join(root, name), await make());
  console.log(checks ? `${name} is not what the registries say: npm run api` : `wrote ${name}`);
}
process.exit(checks && stale.length > 0 ? 1 : 0);

function fileOf(name, text) {
  return { name, isFresh: (found) => found === text, make: () => text };
}

function readOr(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
