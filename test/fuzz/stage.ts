/** The real Worker in workerd with a scripted host, and its files: whether a request has written anything is seen in those. */
import { readdirSync, readFileSync, statSync, utimesSync } from "node:fs";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { statePaths } from "../../cli/paths.ts";
import { freePort, prepareState } from "../../cli/preflight.ts";
import { loadSecrets } from "../../cli/secrets.ts";
import { WorkerProcess } from "../../cli/worker-process.ts";
import { descendants } from "../e2e/processes.ts";
import { ACCEPTED, type Answer, type Asked, BOOT, Liar, say } from "../liar/liar.ts";
import type { Request } from "./request.ts";

export interface Reply {
  /** 0: there was none. */
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  ms: number;
}

type Sent = Pick<Request, "method" | "path" | "headers" | "body">;

const PATIENCE_MS = 30_000;
/** A pass that follows from another comes sooner. */
const QUIET_MS = 15;
/** A stream is read until its first event. */
const EVENTS = "text/event-stream";
const EVENT_MS = 300;
const LOGGED_BREACH = /could not be (settled|recorded)|could not even record|Uncaught|the request failed:/;
/** Long before anything here was written. */
const UNTOUCHED = new Date(86_400_000);

export class Stage {
  readonly #paths: ReturnType<typeof statePaths>;
  readonly #host = new Liar();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly #reports = new Set<Promise<unknown>>();
  readonly #say: (breach: string) => void;
  readonly #answer: (asked: Asked) => HostSays;
  #worker: WorkerProcess | null = null;
  #bindings: Record<string, string> = {};
  #killed: (() => void) | null = null;
  /** Looking for them takes longer than most requests. */
  #pids: number[] = [];
  token = "";
  #port = 0;
  isDead = false;

  /** @param answer how the host answers, and what it reports then */
  constructor(folder: string, say: (breach: string) => void, answer: (asked: Asked) => HostSays = ofFuzz) {
    this.#paths = statePaths(folder);
    this.#say = say;
    this.#answer = answer;
  }

  async open(): Promise<void> {
    prepareState(this.#paths.folder);
    const secrets = loadSecrets(this.#paths);
    this.token = secrets.token;
    await this.#host.listen();
    this.#port = await freePort(0);
    this.#bindings = {
      TOWNKEEPER_TOKEN: secrets.token,
      RUN_TOKEN_KEY: secrets.runTokenKey,
      HOST_URL: this.#host.url,
      HOST_TOKEN: secrets.hostToken,
      PUBLIC_URL: this.url,
    };
    await this.start();
  }

  /** From now on the host answers for this town as it was told; others are taken at their word. */
  answerFor(town: string): void {
    this.#host.answers(town, this.#reply);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Also after its death, on what it has left behind. */
  async start(): Promise<void> {
    const died = (what: string) => {
      if (this.#killed) return this.#killed();
      this.isDead = true;
      this.#say(`the Worker died: ${what}`);
    };
    this.#worker ??= new WorkerProcess(this.#paths, () => undefined, died);
    await this.#worker.start({ port: this.#port, bindings: this.#bindings });
    const workers = descendants(process.pid).filter(({ command }) => command.includes("/workerd serve "));
    this.#pids = workers.map(({ pid }) => pid);
  }

  /** By SIGKILL, in the middle of whatever it does. Resolves once it is gone. */
  async kill(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      this.#killed = resolve;
    });
    for (const pid of this.#pids) process.kill(pid, "SIGKILL");
    await gone;
    this.#killed = null;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#reports);
    await this.#worker?.stop();
    this.#host.close();
    this.#agent.destroy();
    for (const line of this.#log().split("\n"))
      if (LOGGED_BREACH.test(line)) this.#say(`logged: ${line.slice(0, 300)}`);
  }

  #log(): string {
    try {
      return readFileSync(this.#paths.workerLog, "utf8");
    } catch {
      return "";
    }
  }

  /** As it stands, odd paths and all. @throws nothing */
  send({ method, path, headers, body }: Sent): Promise<Reply> {
    const startedMs = performance.now();
    // Of some methods a body is not told how long it is unless we do, and what follows would be read as part of it.
    const size = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const all = { authorization: `Bearer ${this.token}`, ...headers, ...size };
    return new Promise((resolve) => {
      const answered = (status: number, text: string, of: Reply["headers"] = {}) =>
        resolve({ status, text, headers: of, ms: performance.now() - startedMs });
      const request = httpRequest(
        { host: "127.0.0.1", port: this.#port, method, path, headers: all, agent: this.#agent, timeout: PATIENCE_MS },
        (response) => {
          textOf(response, () => request.destroy()).then(
            (text) => answered(response.statusCode ?? 0, text, response.headers),
            (error) => answered(0, String(error)),
          );
        },
      );
      request.on("timeout", () => request.destroy(new Error("no answer in time")));
      request.on("error", (error) => answered(0, String(error)));
      request.end(body);
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the server said
  async ask(method: string, path: string, body?: object): Promise<any> {
    const headers = body ? { "content-type": "application/json" } : {};
    const { status, text } = await this.send({
      method,
      path,
      headers: headers as never,
      body: body && JSON.stringify(body),
    });
    return text.startsWith("{") ? { ...JSON.parse(text), httpStatus: status } : { httpStatus: status, text };
  }

  /** From now on what is written is seen. */
  watchFiles(): void {
    for (const path of this.#writtenFiles()) {
      try {
        utimesSync(path, UNTOUCHED, UNTOUCHED);
      } catch (error) {
        // An object that sleeps takes its files together.
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
  }

  /** Whether anything was written since, be it a page of any database there is. */
  wasWritten(): boolean {
    return this.#writtenFiles().length > 0;
  }

  /** Resolves once nothing has been written for a while, or after some seconds. */
  async quiet(): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      this.watchFiles();
      await sleep(QUIET_MS);
      if (!this.wasWritten()) return;
    }
  }

  #writtenFiles(): string[] {
    return readdirSync(this.#paths.objects, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith("-shm"))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => {
        const found = statSync(path, { throwIfNoEntry: false });
        return found !== undefined && found.mtimeMs !== UNTOUCHED.getTime();
      });
  }

  readonly #reply: Answer = (response, asked) => {
    const says = this.#answer(asked);
    if (says === "hang") return;
    if (says === "cut") return void response.destroy();
    if (says === "refuse")
      return say(response, 409, JSON.stringify({ accepted: false, bootId: BOOT, code: "spawn_failed", message: "no" }));
    say(response, 202, ACCEPTED);
    const report = this.#report(asked, says).finally(() => this.#reports.delete(report));
    this.#reports.add(report);
  };

  async #report({ reporting, agent, bead, fence }: Asked, told: readonly object[]): Promise<void> {
    if (!reporting || told.length === 0) return;
    const reports = told.map((each, n) => ({ agent, bead, fence, seq: n + 1, ...each }));
    const headers = { authorization: `Bearer ${reporting.token}`, "content-type": "application/json" };
    const body = JSON.stringify({ protocol: 1, bootId: BOOT, reports });
    await fetch(reporting.url, { method: "POST", headers, body, signal: AbortSignal.timeout(PATIENCE_MS) })
      .then((answer) => answer.text())
      .catch(() => undefined);
  }
}

/** What the host answers: no, nothing, nothing for ever, or yes; and what it reports of that run or landing at once. */
export type HostSays = "refuse" | "cut" | "hang" | readonly object[];

const LOG = { kind: "log", text: "it works on it\n" };
export const FINISHED = { kind: "finished", head: "a".repeat(40), outputTail: "done" };
export const FAILED = {
  kind: "failed",
  failure: "agent_failed",
  code: "exit_code",
  message: "it ended",
  outputTail: "no",
};
export const LANDED = { kind: "landed", head: "b".repeat(40) };

/** Some starts are refused; of the others some stay at work, some fail, and some end well and land, or do not. */
function ofFuzz({ kind, fence }: Asked): HostSays {
  if (kind === "landing")
    return fence % 2 ? [{ kind: "rejected", code: "conflict", message: "no", outputTail: "" }] : [LANDED];
  if (kind !== "start") return [];
  return (["refuse", [], [LOG, FAILED], [LOG, FINISHED]] as const)[fence % 4] ?? [];
}

async function textOf(response: IncomingMessage, stop: () => void): Promise<string> {
  const isStream = String(response.headers["content-type"]).startsWith(EVENTS);
  const chunks: Buffer[] = [];
  // What is said at once is all that is waited for, and a run that has said nothing yet says nothing.
  const timer = isStream ? setTimeout(stop, EVENT_MS) : undefined;
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      if (isStream && Buffer.concat(chunks).includes("\n\n")) break;
    }
  } catch (error) {
    if (!isStream) throw error;
  }
  clearTimeout(timer);
  if (isStream) stop();
  return Buffer.concat(chunks).toString();
}
