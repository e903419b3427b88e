/**
 * `npm run deploy:check`: what would be deployed can be, in each environment, and is no bigger than it should be. Needs no
 * account and no network; the containers' image is built at the real deployment only.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** KiB, as it goes over the wire. It is some 566, 100 of them what speaks MCP and 10 what tells webhooks; a library that comes in unnoticed shows here first. */
const BUDGET = 570;
const ENVIRONMENTS = ["", "staging"];

const root = fileURLToPath(new URL("..", import.meta.url));
const env = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" };

function trouble(environment, folder) {
  const flags = ["--dry-run", "--containers-rollout=none", "--outdir", folder, "--env", environment];
  const wrangler = join(root, "node_modules/.bin/wrangler");
  const { status, stdout, stderr } = spawnSync(wrangler, ["deploy", ...flags], { cwd: root, env, encoding: "utf8" });
  if (status !== 0) return `wrangler deploy --dry-run failed:\n${stdout}\n${stderr}`;
  const [, whole, gzip] = /Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB/.exec(stdout) ?? [];
  if (!gzip) return `wrangler says no size:\n${stdout}`;
  console.log(`bundle of ${environment || "production"}: ${whole} KiB, gzip ${gzip} KiB (budget ${BUDGET} KiB)`);
  return Number(gzip) <= BUDGET ? null : `over its budget of ${BUDGET} KiB: see what came in, or raise it on purpose`;
}

const folder = mkdtempSync(join(tmpdir(), "townkeeper-deploy-"));
let failed = 0;
try {
  for (const environment of ENVIRONMENTS) {
    const why = trouble(environment, folder);
    if (!why) continue;
    failed++;
    console.error(`deploy check of ${environment || "production"}: ${why}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${ENVIRONMENTS.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
