import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { jsonOf } from "../src/lib/json.ts";
import { withoutOurSecrets } from "./child-program.ts";
import { commandsOf } from "./log-commands.ts";
import { repoRoot } from "./paths.ts";
import type { Bundle } from "./worker-bundle.ts";
import { workerConfig } from "./worker-config.ts";

/** @property config where its configuration is written while it starts: it holds the secrets among the bindings */
export type WorkerdSetup = {
  bundle: Bundle;
  port: number;
  bindings: Readonly<Record<string, string>>;
  storage: string;
  config: string;
  /** The folder of the page's files, if it serves any. */
  page?: string;
  /** The state folder, as its log names it in commands; left out: the usual one. */
  state?: string;
};

/** Starts workerd on a loopback port. It is ready when `onReady` hears so, and dies with this process. */
export function spawnWorkerd(setup: WorkerdSetup, onReady: () => void, onLine: (line: string) => void): ChildProcess {
  const { bundle, config, storage, state } = setup;
  mkdirSync(storage, { recursive: true, mode: 0o700 });
  writeFileSync(config, workerConfig(bundle, { ...setup, from: dirname(config) }), { mode: 0o600 });
  const child = spawn(join(repoRoot, "scripts/workerd-leash.sh"), ["serve", config, "--control-fd=3"], {
    env: { ...withoutOurSecrets(process.env), REAL_WORKERD: workerdPath(), TOWNKEEPER_PID: String(process.pid) },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    // Ctrl-C in the terminal is for us, and our programs hear of it in their turn.
    detached: true,
  });
  const forget = () => rmSync(config, { force: true });
  lines(child.stdio[3] as Readable, (line) => {
    forget();
    if (line.includes('"listen"')) onReady();
  });
  for (const output of [child.stdout, child.stderr]) if (output) lines(output, (line) => onLine(logLine(line, state)));
  child.once("exit", forget);
  return child;
}

function lines(input: Readable, onLine: (line: string) => void): void {
  input.on("error", () => undefined);
  createInterface({ input }).on("line", onLine);
}

/** What workerd or the Worker logs, as a line for people. @param state the state folder, where it is not the usual one */
export function logLine(line: string, state: string | null = null): string {
  const { timestamp, level, message } = fieldsIn(line);
  // Its own lines have the time as text, those of the Worker as a number.
  const atMs = Number(timestamp ?? Number.NaN);
  if (Number.isNaN(atMs) || typeof message !== "string") return line;
  const { message: said = message, event: _, ...about } = fieldsIn(message);
  const names = Object.values(about).map((name) => `[${name}] `);
  const town = typeof about.town === "string" ? about.town : null;
  return `${new Date(atMs).toISOString()} ${level} ${names.join("")}${commandsOf(String(said), { town, state })}`;
}

/** None, where it is no object in JSON. */
function fieldsIn(line: string): Record<string, unknown> {
  const value = jsonOf(line);
  return value !== null && typeof value === "object" ? { ...value } : {};
}

/** The one that wrangler brings, so that what is tried here is what is tested and deployed. */
function workerdPath(): string {
  const workerd: unknown = createRequire(join(repoRoot, "node_modules/wrangler/package.json"))("workerd");
  return process.env.MINIFLARE_WORKERD_PATH ?? (workerd as { default: string }).default;
}
