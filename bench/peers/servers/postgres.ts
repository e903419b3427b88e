import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../../../cli/preflight.ts";
import { endProcess, startServer } from "../processes.ts";
import { folderOf, mustRun, postgresFolders, unprivileged } from "./find.ts";

const DATABASE = "peer";
const READY_WITHIN_MS = 20_000;
/** Both are defaults; said all the same, since the figures rest on them. */
const DURABLE = ["fsync=on", "synchronous_commit=on", "full_page_writes=on"];

/** PostgreSQL of its own for one peer, on a loopback port, in a folder that goes with it. */
export class Postgres {
  static readonly settings = [`PostgreSQL: ${DURABLE.join(", ")}, max_connections=200, else Debian's defaults`];
  static readonly #folder = () => folderOf("initdb", "postgresql", postgresFolders());
  readonly #password = randomBytes(16).toString("hex");
  #state = "";
  #port = 0;
  #server: ChildProcess | null = null;

  static version = (): string => mustRun(join(Postgres.#folder(), "postgres"), ["--version"]).replace(/^\D+/, "");

  get url(): string {
    return `postgres://bench:${this.#password}@127.0.0.1:${this.#port}/${DATABASE}`;
  }
  get pid(): number[] {
    return this.#server?.pid ? [this.#server.pid] : [];
  }

  async start(): Promise<void> {
    const bin = Postgres.#folder();
    const user = unprivileged();
    this.#state = mkdtempSync(join(tmpdir(), "townkeeper-bench-pg-"));
    const passwordFile = join(this.#state, "password");
    writeFileSync(passwordFile, this.#password, { mode: 0o600 });
    for (const path of user ? [this.#state, passwordFile] : []) chownSync(path, user?.uid ?? 0, user?.gid ?? 0);
    const data = join(this.#state, "data");
    const init = ["-D", data, "-U", "bench", "--pwfile", passwordFile, "--auth=scram-sha-256", "-E", "UTF8"];
    const asUser = { cwd: this.#state, env: { ...process.env, LC_ALL: "C" }, ...user };
    mustRun(join(bin, "initdb"), [...init, "--no-sync"], asUser);
    this.#port = await freePort(0);
    const flags = [...DURABLE, "max_connections=200"].flatMap((setting) => ["-c", setting]);
    const where = ["-D", data, "-h", "127.0.0.1", "-p", String(this.#port), "-k", this.#state];
    const log = join(this.#state, "log");
    this.#server = startServer({ command: [join(bin, "postgres"), ...where, ...flags], log, ...(user && { user }) });
    await this.#ready();
    this.#sql(`create database ${DATABASE}`);
  }

  /** Transactions in the peer's database, by the server's own count, which lags by a second. */
  transactions(): number {
    return Number(this.#sql(`select xact_commit + xact_rollback from pg_stat_database where datname = '${DATABASE}'`));
  }
  /** Times that the log was forced to disk: several transactions may share one. */
  syncs(): number {
    return Number(this.#sql("select wal_sync from pg_stat_wal"));
  }

  async stop(): Promise<void> {
    await endProcess(this.#server, "SIGINT");
    if (this.#state) rmSync(this.#state, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    const untilMs = Date.now() + READY_WITHIN_MS;
    for (;;) {
      try {
        this.#sql("select 1");
        return;
      } catch (error) {
        if (Date.now() > untilMs) throw error;
      }
      await pause(100);
    }
  }

  /** From another database, so that asking does not count. */
  #sql(statement: string): string {
    const where = ["-h", "127.0.0.1", "-p", String(this.#port), "-U", "bench", "-d", "postgres"];
    const env = { ...process.env, PGPASSWORD: this.#password };
    return mustRun(join(Postgres.#folder(), "psql"), ["-XAtq", ...where, "-c", statement], { env });
  }
}
