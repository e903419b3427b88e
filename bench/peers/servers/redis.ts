import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../../../cli/preflight.ts";
import { endProcess, startServer } from "../processes.ts";
import { folderOf, mustRun } from "./find.ts";

const READY_WITHIN_MS = 10_000;

/** Redis of its own for one peer, on a loopback port, in a folder that goes with it. */
export class Redis {
  static readonly settings = [
    "Redis: appendonly yes, appendfsync always, maxmemory-policy noeviction, no snapshots, else defaults",
  ];
  static readonly #folder = () => folderOf("redis-server", "redis-server");
  readonly #password = randomBytes(16).toString("hex");
  #state = "";
  #port = 0;
  #server: ChildProcess | null = null;

  static version = (): string =>
    /v=(\S+)/.exec(mustRun(join(Redis.#folder(), "redis-server"), ["--version"]))?.[1] ?? "unknown";

  get connection(): { host: string; port: number; password: string } {
    return { host: "127.0.0.1", port: this.#port, password: this.#password };
  }
  get pid(): number[] {
    return this.#server?.pid ? [this.#server.pid] : [];
  }

  async start(): Promise<void> {
    const server = join(Redis.#folder(), "redis-server");
    this.#state = mkdtempSync(join(tmpdir(), "townkeeper-bench-redis-"));
    this.#port = await freePort(0);
    // Over its standard input: others may read a command's arguments, and there is a password among them.
    const config = [
      "bind 127.0.0.1",
      `port ${this.#port}`,
      `dir ${this.#state}`,
      `requirepass ${this.#password}`,
      "appendonly yes",
      "appendfsync always",
      "maxmemory-policy noeviction",
      'save ""',
    ];
    const log = join(this.#state, "log");
    this.#server = startServer({ command: [server, "-"], log, input: `${config.join("\n")}\n` });
    await this.#ready();
  }

  /** Commands so far, less the one that asks. */
  commands(): number {
    return Number(/total_commands_processed:(\d+)/.exec(this.#ask("info", "stats"))?.[1] ?? Number.NaN);
  }

  async stop(): Promise<void> {
    await endProcess(this.#server, "SIGINT");
    if (this.#state) rmSync(this.#state, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    const untilMs = Date.now() + READY_WITHIN_MS;
    for (;;) {
      try {
        if (this.#ask("ping") === "PONG") return;
      } catch (error) {
        if (Date.now() > untilMs) throw error;
      }
      await pause(100);
    }
  }

  #ask(...command: string[]): string {
    const env = { ...process.env, REDISCLI_AUTH: this.#password };
    return mustRun(join(folderOf("redis-cli", "redis-tools"), "redis-cli"), ["-p", String(this.#port), ...command], {
      env,
    });
  }
}
