/** `npm run test:agents`: real coding agents against a model that the test plays, on this machine alone. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { npm } from "./install.mjs";
import { supervise } from "./supervise.mjs";

/** Too large to be a dependency of everybody's; the version is pinned all the same. */
const OPENCODE = "1.18.33";

export async function testAgents(root, node, args) {
  const opencode = await installOpenCode(root);
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-agents-"));
  const results = join(folder, "results.json");
  const config = join(root, "test/agents/vitest.config.ts");
  const reporters = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${results}`];
  const vitest = [node, join(root, "node_modules/vitest/vitest.mjs"), "run", "--config", config, ...reporters, ...args];
  process.env.TOWNKEEPER_TEST_OPENCODE = opencode;
  try {
    const code = await supervise(vitest, { cwd: root });
    const { numPassedTests = 0, numFailedTests = 0 } = JSON.parse(existsSync(results) ? readFileSync(results) : "{}");
    console.log(`${numPassedTests} passed, ${numFailedTests} failed`);
    return code;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The folder with `opencode` in it. Installed once, beside the project's own packages. */
async function installOpenCode(root) {
  const folder = join(root, "node_modules/.cache/townkeeper-agents", `opencode-${OPENCODE}`);
  const name = `opencode-${process.platform}-${process.arch}${process.arch === "x64" ? "-baseline" : ""}`;
  const bin = join(folder, "node_modules", name, "bin");
  if (!existsSync(join(folder, "ready"))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{"private": true}\n');
    console.error(`townkeeper: installing ${name}@${OPENCODE} from npm, once`);
    const install = [...npm(), "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
    const code = await supervise([...install, `${name}@${OPENCODE}`], { cwd: folder, stdio: ["ignore", 2, 2] });
    if (code !== 0) throw new Error(`npm could not install ${name}@${OPENCODE}; what it said stands above`);
    writeFileSync(join(folder, "ready"), "");
  }
  const { status, stdout } = spawnSync(join(bin, "opencode"), ["--version"], { encoding: "utf8" });
  if (status !== 0 || stdout.trim() !== OPENCODE) {
    rmSync(join(folder, "ready"), { force: true });
    throw new Error(`${join(bin, "opencode")} does not run here as version ${OPENCODE}`);
  }
  return dirname(join(bin, "opencode"));
}
