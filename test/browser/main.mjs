/** `npm run test:browser`: the page in a real Chromium, against real Workers. Says what is missing. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chooseNode } from "../../scripts/choose-node.mjs";
import { install } from "../../scripts/install.mjs";
import { preparePage } from "../../scripts/page.mjs";
import { supervise } from "../../scripts/supervise.mjs";
import { findChromium } from "./find-chromium.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

async function main() {
  await install(root);
  const node = chooseNode(root);
  await preparePage(root, node);
  const chromium = findChromium();
  if (!chromium) {
    console.error(
      "test:browser: there is no Chromium. `apt-get install chromium` brings one; CHROMIUM=/path/to/it names another.",
    );
    return 2;
  }
  const [script = "", ...args] = process.argv.slice(2);
  const command =
    script === "--screenshots"
      ? [join(root, "test/browser/screenshots.ts"), ...args]
      : [
          join(root, "node_modules/vitest/vitest.mjs"),
          "run",
          "--config",
          "test/browser/vitest.config.ts",
          ...process.argv.slice(2),
        ];
  return supervise([node, ...command], { cwd: root, env: { ...process.env, CHROMIUM: chromium } });
}

process.exitCode = await main();
