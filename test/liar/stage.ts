/** A real town in workerd, its operator's door, and a liar in place of its host. */
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { statePaths } from "../../cli/paths.ts";
import { prepareState } from "../../cli/preflight.ts";
import { loadSecrets } from "../../cli/secrets.ts";
import { WorkerProcess } from "../../cli/worker-process.ts";
import { descendants } from "../e2e/processes.ts";
import { type Asked, Liar } from "./liar.ts";
import { Watch } from "./watch.ts";

// biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the server said
export type Said = { status: number; ms: number } & any;

/** The most of one message that a town may want to keep: what it says at its end, clipped. */
const USEFUL_BYTES = 8_192;
const LOGGED_BREACH = /could not be (settled|recorded)|could not even record|Uncaught|error request failed:/;
/** What `wrangler dev` says, and no Worker, when a body is refused before it was read to its end. */
const CUT_OFF = "Network connection lost";

export class Stage {
  readonly liar = new Liar();
  readonly breaches: string[] = [];
  readonly #folder: string;
  readonly #paths: ReturnType<typeof statePaths>;
  #worker: WorkerProcess | null = null;
  #token = "";
  url = "";
  watch!: Watch;
  /** Of each town, what was usefully sent to it, in bytes. */
  readonly #useful = new Map<string, number>();

  constructor(folder: string) {
    this.#folder = folder;
    this.#paths = statePaths(folder);
  }

  async open(): Promise<void> {
    prepareState(this.#folder);
    const secrets = loadSecrets(this.#paths);
    this.#token = secrets.token;
    await this.liar.listen();
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    const bindings = {
      TOWNKEEPER_TOKEN: secrets.token,
      RUN_TOKEN_KEY: secrets.runTokenKey,
      HOST_URL: this.liar.url,
      HOST_TOKEN: secrets.hostToken,
      PUBLIC_URL: this.url,
    };
    this.#worker = new WorkerProcess(
      this.#paths,
      () => undefined,
      (what) => this.breaches.push(`the Worker died: ${what}`),
    );
    await this.#worker.start({ port, bindings });
    this.watch = new Watch({ url: this.url, token: this.#token });
  }

  /** From now on memory is compared with what it is: once all of workerd's processes have had something to do. */
  calm(): void {
    const workers = descendants(process.pid).filter(({ command }) => command.includes("/workerd serve "));
    this.watch.calm(workers.map(({ pid }) => pid));
  }

  async close(): Promise<void> {
    await this.watch?.stop();
    await this.#worker?.stop();
    this.liar.close();
    for (const line of this.log().split("\n"))
      if (LOGGED_BREACH.test(line)) this.breach(`logged: ${line.slice(0, 300)}`);
  }

  log(): string {
    try {
      return readFileSync(this.#paths.workerLog, "utf8");
    } catch {
      return "";
    }
  }

  breach(what: string): void {
    if (this.breaches.length < 200 && !this.breaches.includes(what)) this.breaches.push(what);
  }

  /** @throws nothing: a request that fails is a breach, and so is a 5xx */
  async ask(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Said> {
    const startedMs = performance.now();
    const text = body && JSON.stringify(body);
    const town = /^\/([^/]+)/.exec(path)?.[1];
    if (text && town) this.useful(town, text.length, text.length);
    try {
      const response = await fetch(`${this.url}/v1/towns${path}`, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json", ...headers },
        ...(text && { body: text }),
        signal: AbortSignal.timeout(30_000),
      });
      const said = await response.text();
      if (response.status >= 500) this.breach(`${method} ${path}: ${response.status} ${said.slice(0, 200)}`);
      const parsed = said.startsWith("{") ? JSON.parse(said) : { text: said };
      return { ...parsed, status: response.status, ms: performance.now() - startedMs };
    } catch (error) {
      this.breach(`${method} ${path}: ${error}`);
      return { status: 0, ms: performance.now() - startedMs };
    }
  }

  /** A town with one rig, and as many settings as are given. */
  async town(name: string, settings: object = {}): Promise<void> {
    await this.ask("POST", "", { name, settings });
    this.useful(name, 4_096);
    await this.ask("POST", `/${name}/rigs`, { id: "lib", repoUrl: "/nowhere.git" });
    this.watch.add(name);
  }

  /** An agent and a bead for each: which agent gets which bead is chance, so what a host does is told by the agent. */
  async work(town: string, agents: readonly { id: string; how: string; more?: object }[], rig = "lib"): Promise<void> {
    if (rig !== "lib") await this.ask("POST", `/${town}/rigs`, { id: rig, repoUrl: "/nowhere.git" });
    for (const { id, how, more } of agents)
      await this.ask("POST", `/${town}/agents`, { id, rig, command: [how], ...more });
    await this.beads(town, agents.length, rig);
  }

  async beads(town: string, count: number, rig = "lib"): Promise<string[]> {
    const beads = Array.from({ length: count }, (_, n) => ({ rig, title: `work ${n}` }));
    const made = await this.ask("POST", `/${town}/beads:batch`, { beads });
    return (made.items ?? made.beads ?? []).map(({ id }: { id: string }) => id);
  }

  useful(town: string, bytes: number, most = USEFUL_BYTES): void {
    this.#useful.set(town, (this.#useful.get(town) ?? 0) + Math.min(bytes, most));
  }

  /** Says something of a run, with its own token unless told otherwise. Answers the status; 0: the line broke. */
  async report(
    asked: Asked,
    body: string | Buffer | ReadableStream,
    headers: Record<string, string> = {},
  ): Promise<Said> {
    const size = body instanceof ReadableStream ? USEFUL_BYTES : body.length;
    this.useful(asked.town, size);
    const startedMs = performance.now();
    try {
      const response = await fetch(`${this.url}/v1/towns/${asked.town}/reports`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${asked.reporting?.token}`,
          "content-type": "application/json",
          ...headers,
        },
        body,
        ...(body instanceof ReadableStream && { duplex: "half" }),
        signal: AbortSignal.timeout(15_000),
      } as RequestInit);
      const text = await response.text();
      if (text.includes(CUT_OFF)) return { status: 0, ms: performance.now() - startedMs };
      if (response.status >= 500) this.breach(`report: ${response.status} ${text.slice(0, 200)}`);
      const parsed = text.startsWith("{") ? JSON.parse(text) : {};
      return { ...parsed, status: response.status, ms: performance.now() - startedMs };
    } catch {
      return { status: 0, ms: performance.now() - startedMs };
    }
  }

  /** One thing that a run says, as its protocol has it. */
  tell(asked: Asked, told: object, seq: number): Promise<Said> {
    const { agent, bead, fence } = asked;
    const report = { agent, bead, fence, seq, ...told };
    return this.report(asked, JSON.stringify({ protocol: 1, bootId: "a-boot", reports: [report] }));
  }

  async attempts(town: string): Promise<Said[]> {
    const all: Said[] = [];
    for (let cursor = ""; ; ) {
      const page = await this.ask("GET", `/${town}/attempts?limit=200${cursor && `&cursor=${cursor}`}`);
      all.push(...(page.items ?? []));
      cursor = page.nextCursor ?? "";
      if (!cursor) return all;
    }
  }

  /** Everything that can be read of a town is readable, and no pass of it has thrown. */
  async readable(town: string): Promise<void> {
    const lists = [
      "agents",
      "beads",
      "attempts",
      "attention",
      "incidents",
      "providers",
      "ticks",
      "metrics",
      "hosts",
      "health",
    ];
    for (const list of lists) {
      const { status, items } = await this.ask("GET", `/${town}/${list}`);
      if (status !== 200) this.breach(`${town}: ${list} can't be read (${status})`);
      if (list === "ticks")
        for (const { tick, error } of items ?? [])
          if (error) this.breach(`${town}: tick ${tick} threw: ${String(error).slice(0, 200)}`);
    }
    for (const bead of (await this.ask("GET", `/${town}/beads?limit=3`)).items ?? [])
      for (const path of ["", "/timeline", "/explain"]) await this.ask("GET", `/${town}/beads/${bead.id}${path}`);
  }

  /** How many objects there are, towns and others. */
  objects(): number {
    const files = readdirSync(this.#paths.worker, { recursive: true }) as string[];
    return files.filter((name) => name.endsWith(".sqlite")).length;
  }

  /** Once all is closed: how big each town's database is, beside what was usefully sent to it. */
  growth(): { town: string; bytes: number; usefulBytes: number }[] {
    const files = readdirSync(this.#paths.worker, { recursive: true }) as string[];
    return files
      .filter((name) => name.endsWith(".sqlite"))
      .map((name) => sizeOf(join(this.#paths.worker, name)))
      .filter(({ town }) => this.#useful.has(town))
      .map(({ town, bytes }) => ({ town, bytes, usefulBytes: this.#useful.get(town) ?? 0 }));
  }
}

function sizeOf(path: string): { town: string; bytes: number } {
  const db = new DatabaseSync(path);
  try {
    const number = (pragma: string) => Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0] as number;
    const { name } = db.prepare("SELECT name FROM town").get() as { name: string };
    return { town: name, bytes: (number("page_count") - number("freelist_count")) * number("page_size") };
  } catch {
    return { town: "", bytes: 0 }; // the watchtower's, or a container's
  } finally {
    db.close();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks again until the answer is yes, or the time is over. @returns whether it ever was */
export async function until(condition: () => unknown, ms: number): Promise<boolean> {
  const endMs = performance.now() + ms;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() > endMs) return false;
    await sleep(25);
  }
}
