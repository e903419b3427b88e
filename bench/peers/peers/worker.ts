import { type ChildProcess, fork } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../cli/preflight.ts";
import { endProcess } from "../processes.ts";
import type { Work } from "../types.ts";

const READY_WITHIN_MS = 60_000;
const CALL_WITHIN_MS = 60_000;

/** A peer's working process, which is spoken to over HTTP and may be killed and started again on the same port. */
export class Worker {
  #state = "";
  readonly #entry: string;
  #setup: object = {};
  #port = 0;
  #child: ChildProcess | null = null;

  /** @param entry from the folder of working processes */
  constructor(entry: string) {
    this.#entry = join(import.meta.dirname, "../workers", entry);
  }

  get pid(): number[] {
    return this.#child?.pid ? [this.#child.pid] : [];
  }

  async start(setup: object): Promise<void> {
    this.#setup = setup;
    this.#port ||= await freePort(0);
    this.#state ||= mkdtempSync(join(tmpdir(), "townkeeper-bench-peer-"));
    const log = openSync(join(this.#state, "log"), "a", 0o600);
    // Detached: Ctrl-C in the terminal is for us. It leaves when the channel breaks.
    const child = fork(this.#entry, [], { stdio: ["ignore", log, log, "ipc"], detached: true });
    closeSync(log);
    this.#child = child;
    child.send({ ...setup, port: this.#port, state: this.#state });
    await this.#ready(child);
  }

  /** In an orderly way, with something else about it. */
  async restart(changed: object): Promise<void> {
    await this.end();
    await this.start({ ...this.#setup, ...changed });
  }

  /** @param changed what the one that comes after it is told besides */
  async crash(changed: object = {}): Promise<void> {
    await endProcess(this.#child, "SIGKILL");
    await this.start({ ...this.#setup, ...changed });
  }

  async enqueue(ids: readonly string[], work: Work, path = "/items"): Promise<{ calledNs: bigint | null }> {
    const { calledNs } = (await this.ask(path, { ids, work })) as { calledNs: string | null };
    return { calledNs: calledNs === null ? null : BigInt(calledNs) };
  }

  async left(path = "/left"): Promise<number> {
    return ((await this.ask(path)) as { left: number }).left;
  }

  async ask(path: string, body?: object): Promise<unknown> {
    const send = () =>
      fetch(`http://127.0.0.1:${this.#port}${path}`, {
        ...(body && { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
        signal: AbortSignal.timeout(CALL_WITHIN_MS),
      });
    // A connection that nothing was sent through for a while may have been closed: what only asks is asked once more.
    const response = await (body ? send() : send().catch(send));
    if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${await response.text()}`);
    return await response.json();
  }

  async end(): Promise<void> {
    if (this.#child?.connected && this.#entry.endsWith("main.ts")) {
      this.#child.send("stop", () => undefined); // wrangler tidies up behind itself
      await Promise.race([
        new Promise((resolve) => this.#child?.once("exit", resolve)),
        new Promise((resolve) => setTimeout(resolve, 5_000).unref()),
      ]);
    }
    await endProcess(this.#child, "SIGKILL");
  }

  async stop(): Promise<void> {
    await this.end();
    if (this.#state) rmSync(this.#state, { recursive: true, force: true });
  }

  #ready(child: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (fault?: string) => {
        clearTimeout(timer);
        child.off("exit", died);
        if (fault === undefined) resolve();
        else reject(new Error(`${fault}: ${this.#lastWords()}`));
      };
      const died = () => settle("it ended before it was ready");
      const timer = setTimeout(() => settle("it was not ready in time"), READY_WITHIN_MS);
      child.once("exit", died);
      child.once("message", () => settle());
    });
  }

  #lastWords(): string {
    return readFileSync(join(this.#state, "log"), "utf8").slice(-1_500);
  }
}
