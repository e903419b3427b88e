/**
 * `npm run test:client`: openapi.json as others use it. A client is made from it by openapi-typescript and openapi-fetch, its types
 * are checked, and it talks with a real Worker.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { apiTypes } from "../../scripts/api-types.mjs";
import { supervise } from "../../scripts/supervise.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path) => readFileSync(join(root, path), "utf8");
const run = async (...command) => (await supervise([process.execPath, ...command], { cwd: root })) === 0;

const PARTS = {
  // The first, since it installs what the others need.
  "cli/api-types.ts is what openapi-typescript makes of openapi.json (else: npm run api)": async () =>
    read("cli/api-types.ts") === (await apiTypes(root, read("openapi.json"))),
  "types hold": () => run("node_modules/typescript/bin/tsc", "-p", "test/client"),
  "openapi.json is valid, and its client talks with a Worker": () =>
    run("node_modules/vitest/vitest.mjs", "run", "--config", "test/client/vitest.config.ts"),
};

let failed = 0;
for (const [name, passes] of Object.entries(PARTS)) {
  const ok = await passes();
  if (!ok) failed++;
  console.log(`client: ${ok ? "ok  " : "FAIL"} ${name}`);
}
console.log(`${Object.keys(PARTS).length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
