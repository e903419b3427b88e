import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** From here on Node runs TypeScript by stripping the types. */
const NEEDED = [22, 18];

/** The Node that came with the packages if it runs here, else our own if it is new enough, else null. */
export function chooseNode(root) {
  const packaged = join(root, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
  if (packaged === process.execPath) return packaged;
  // It may be present and still not run: it is built for glibc.
  if (existsSync(packaged) && spawnSync(packaged, ["--version"]).status === 0) return packaged;
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]) ? process.execPath : null;
}
