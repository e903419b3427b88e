import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { supervise } from "./supervise.mjs";

/** What `npm run check` does, in order: cheap and telling first. */
const STEPS = [
  { name: "format, lint", command: ["biome", "ci", "--colors=off", "."] },
  { name: "import directions", command: ["node", "scripts/rooms.ts"] },
  { name: "types of the Worker", command: ["tsc", "-p", "tsconfig.json"] },
  { name: "types of the programs", command: ["tsc", "-p", "tsconfig.node.json"] },
  { name: "types of the simulator", command: ["tsc", "-p", "tsconfig.sim.json"] },
  { name: "types of the simulator in workerd", command: ["tsc", "-p", "tsconfig.engines.json"] },
  { name: "types of the page", command: ["tsc", "-p", "page/tsconfig.json"] },
  { name: "types of the browser's tests", command: ["tsc", "-p", "test/browser/tsconfig.json"] },
  { name: "unused code", command: ["knip"] },
  { name: "migrations up to date", command: ["node", "scripts/migrations-up-to-date.mjs"] },
  { name: "openapi.json and what is made from it up to date", command: ["node", "scripts/api.mjs", "--check"] },
  { name: "tests", command: ["vitest", "run"], isTests: true },
];

/** Runs the steps until one fails. Resolves to the exit code. `--no-tests` leaves the tests out. */
export async function check(root, node, args) {
  const unknown = args.find((arg) => arg !== "--no-tests");
  if (unknown !== undefined) {
    console.error(`check: unknown argument ${unknown}; it takes --no-tests`);
    return 2;
  }
  const steps = STEPS.filter(({ isTests }) => !(isTests && args.includes("--no-tests")));
  const startedMs = performance.now();
  for (const [index, { name, command }] of steps.entries()) {
    console.log(`check ${index + 1}/${steps.length}: ${name} (${command.join(" ")})`);
    if (!(await run(root, node, command))) {
      console.error(`check: failed at step ${index + 1}, ${name}`);
      return 1;
    }
  }
  console.log(`check: all ${steps.length} steps passed in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  return 0;
}

/** A step's output matters when it fails, or to whoever reads a CI log later. */
async function run(root, node, [tool, ...args]) {
  const file = tool === "node" ? node : join(root, "node_modules/.bin", tool);
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-check-"));
  const path = join(folder, "output");
  const output = openSync(path, "w");
  try {
    const code = await supervise([file, ...args], { cwd: root, stdio: ["ignore", output, output] });
    if (code !== 0 || process.env.CI) process.stderr.write(readFileSync(path));
    return code === 0;
  } finally {
    closeSync(output);
    rmSync(folder, { recursive: true });
  }
}
