/** A browser of whoever types, where there is one. */
import { spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";

/** A slow browser, which begins first, has read the file before. */
const KEPT_MS = 60_000;
/** What is still at work then has found a browser: some end with it. */
const FAILS_WITHIN_MS = 3_000;

/** What says that a program may show itself to somebody. */
const SCREENS = ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "BROWSER"];

/** The program that opens a browser, or why there is none. */
export function browserHere(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): { opener: string } | { not: string } {
  const opener = platform === "darwin" ? "open" : "xdg-open";
  if (platform !== "darwin" && !SCREENS.some((name) => env[name]))
    return { not: env.SSH_CONNECTION ? "this is a session over ssh, without a screen" : "there is no screen" };
  const isThere = (folder: string) => {
    try {
      accessSync(join(folder, opener), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.some(isThere) ? { opener } : { not: `there is no ${opener}` };
}

/**
 * Through a file that only its owner can read: what stands on a command line, every user of the machine sees.
 *
 * @returns why not, or null
 */
export async function openIn(opener: string, address: string, keptMs = KEPT_MS): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), "town-open-"));
  const file = join(folder, "town.html");
  writeFileSync(file, `<!doctype html><meta http-equiv="refresh" content="0;url=${escaped(address)}">`, {
    mode: 0o600,
  });
  const child = spawn(opener, [pathToFileURL(file).href], { stdio: "ignore", detached: true });
  const ended = new Promise<string | null>((resolve) => {
    child.once("error", () => resolve(`${opener} can't be started`));
    child.once("exit", (code) => resolve(code === 0 ? null : `${opener} found none`));
  });
  const failed = await Promise.race([ended, pause(FAILS_WITHIN_MS, null)]);
  child.unref();
  if (failed === null) removeLater(folder, keptMs);
  else rmSync(folder, { recursive: true, force: true });
  return failed;
}

/** By a process of its own: nobody waits for that at a terminal. */
function removeLater(folder: string, afterMs: number): void {
  const does = `setTimeout(() => require("node:fs").rmSync(process.argv[1], { recursive: true, force: true }), ${afterMs})`;
  spawn(process.execPath, ["-e", does, folder], { stdio: "ignore", detached: true }).unref();
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
