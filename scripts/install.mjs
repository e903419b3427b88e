import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { supervise } from "./supervise.mjs";

/** `--ignore-scripts`: no package of ours needs its install script, so none gets to run one. */
const NPM_CI = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];

/**
 * Makes node_modules match package-lock.json. What it prints, npm's output too, goes to stderr: stdout is for `--json`.
 *
 * @returns whether it had to install something
 * @throws Error if npm fails
 */
export async function install(root) {
  const lockfile = readFileSync(join(root, "package-lock.json"), "utf8");
  const marker = join(root, "node_modules", ".townkeeper-lock");
  const wanted = createHash("sha256").update(lockfile).digest("hex");
  if (read(marker) === wanted) return false;
  const isMissing = !isInstalled(root, JSON.parse(lockfile));
  if (isMissing) {
    console.error("townkeeper: installing packages (npm ci), once");
    const code = await supervise([...npm(), ...NPM_CI], { cwd: root, stdio: ["ignore", 2, 2] });
    if (code !== 0) throw new Error("npm ci failed; what it said stands above. Mend that, then run this again.");
  }
  mkdirSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(marker, wanted);
  return isMissing;
}

/** Whether somebody else's `npm install` made just what the lockfile says: npm writes its own list last. */
function isInstalled(root, { packages }) {
  const text = read(join(root, "node_modules", ".package-lock.json"));
  if (text === null) return false;
  const present = JSON.parse(text).packages;
  return Object.entries(packages).every(([path, { version, integrity, optional }]) => {
    const got = present[path];
    if (path === "" || (optional && !got)) return true;
    return got !== undefined && got.version === version && got.integrity === integrity;
  });
}

/** The npm that runs us, else the one on PATH. */
export function npm() {
  const path = process.env.npm_execpath;
  if (path?.endsWith(".js")) return [process.execPath, path];
  return [process.platform === "win32" ? "npm.cmd" : "npm"];
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
