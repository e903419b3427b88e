/**
 * `npm run test:mcp`: MCP as others use it. The official conformance suite, and the official client, against a real Worker. What they
 * are made of is installed here by npm once, since nothing else needs it.
 */
import { fileURLToPath } from "node:url";
import { install } from "../../scripts/install.mjs";
import { supervise } from "../../scripts/supervise.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = async (...command) => (await supervise([process.execPath, ...command], { cwd: root })) === 0;

await install(import.meta.dirname);
// The Worker hands it out, and is not bundled without it.
if (!(await run("scripts/page.mjs"))) process.exit(1);
const PARTS = {
  "types hold": () => run("node_modules/typescript/bin/tsc", "-p", "test/mcp"),
  "the suite and the client find what they expect": () =>
    run("node_modules/vitest/vitest.mjs", "run", "--config", "test/mcp/vitest.config.ts"),
};

let failed = 0;
for (const [name, passes] of Object.entries(PARTS)) {
  const ok = await passes();
  if (!ok) failed++;
  console.log(`mcp: ${ok ? "ok  " : "FAIL"} ${name}`);
}
console.log(`${Object.keys(PARTS).length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
