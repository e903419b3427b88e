import { Container } from "@cloudflare/containers";
import { log } from "../../lib/log.ts";
import { readBounded } from "../../ports/read-host.ts";
import { MAX_DIFF_BYTES } from "../../protocol/diff.ts";
import type { Env } from "../env.ts";
import { TOWN_HOST, toTown, withCredentials } from "./egress.ts";
import { allowedHosts, egressRules } from "./egress-rules.ts";
import { bringsWork, type Idling, idleVerdict, isRefusal, type Looked, type Trouble, troubleOf } from "./policy.ts";

const PORT = 8791;

/** Less than what a town gives a start, so that it hears what is the matter. The start itself goes on. */
const READY_WITHIN_MS = 12_000;

/** A first start may fetch the image. After this long it is given up, and the next one begins anew. */
const START_WITHIN_MS = 90_000;

/** The platform is asked for an instance so often, so far apart, before its "none" is taken for an answer. */
const INSTANCE = { portToCheck: PORT, retries: 10, waitInterval: 800 };

/** Between two looks whether the host listens: its port opens long before the library would look again. */
const POLL_MS = 50;
const PROBE_WITHIN_MS = 2_000;

/** A host's longest orderly end (pushes, processes, reports), with room to spare; then it is destroyed. */
const STOP_WITHIN_MS = 30_000;

/** A host that does not say how it is within this long is counted as deaf, once. */
const LOOK_WITHIN_MS = 3_000;

/** How often a container is looked at: four times in the time it may idle, and at least so often, in seconds. */
const LOOK_EVERY_S = 60;

/** Seconds without a run after which a container is stopped, unless CONTAINER_IDLE_SECONDS says otherwise. */
const IDLE_S = 300;

/** Where the platform puts the certificate with which it reads HTTPS on its way out. */
const CA = "/etc/cloudflare/certs/cloudflare-containers-ca.crt";

interface Health {
  bootId: string;
  runs: number;
  landings?: number;
  undelivered?: number;
}

/**
 * One container with the agent host inside: the same program that runs as a local process. It is started by the first
 * work that is asked of it and ends when nothing needs it. Never constructed where containers are off, since its
 * constructor throws there.
 */
export class AgentContainer extends Container<Env> {
  override defaultPort = PORT;
  override enableInternet = false;
  // The library asks at this pace whether to stop; what it is told is decided in `onActivityExpired`.
  override sleepAfter = `${Math.max(1, Math.min(LOOK_EVERY_S, Math.floor(idleSeconds(this.env) / 4)))}s`;

  /** The boot that was seen to be well. Null: not known, so look before use. */
  #bootId: string | null = null;
  #starting: Promise<void> | null = null;
  #stopping: Promise<void> | null = null;
  #idleSinceMs = Date.now();
  #deafLooks = 0;
  #inFlight = 0;

  /** The town's request to its host. Starts the container if it brings work, and never for a question about a run. */
  override async fetch(request: Request): Promise<Response> {
    const brings = bringsWork(request.method, new URL(request.url).pathname);
    if (!brings && !this.#up && !this.#starting) return nothingRuns(request.method);
    const body = request.body && (await request.text());
    this.#inFlight++;
    try {
      await this.#ready();
      const response = await this.#ask(request.url, { method: request.method, body, signal: request.signal });
      if (brings) this.#idleSinceMs = Date.now();
      return response;
    } catch (error) {
      this.#bootId = null;
      return inTrouble(error instanceof Unavailable ? error.trouble : troubleOf(String(error)));
    } finally {
      this.#inFlight--;
    }
  }

  get #up(): boolean {
    return this.ctx.container?.running === true;
  }

  /** Resolves once the host is there and well. However many wait, one start is under way. */
  async #ready(): Promise<void> {
    if (this.#stopping)
      throw new Unavailable({ ...troubleOf(""), code: "stopping", message: STOPPING, retryAfterMs: 2_000 });
    if (this.#up && this.#bootId && !this.#starting) return;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = null;
    });
    const message = `the container is not ready after ${READY_WITHIN_MS} ms; its start goes on`;
    const slow = new Unavailable({ ...troubleOf(""), code: "start_slow", message, retryAfterMs: 5_000 });
    this.#starting.catch(() => undefined);
    await within(READY_WITHIN_MS, this.#starting, slow);
  }

  async #start(): Promise<void> {
    const startedAtMs = Date.now();
    const cold = !this.#up;
    const abort = AbortSignal.timeout(START_WITHIN_MS);
    const message = `the container did not start within ${START_WITHIN_MS} ms`;
    try {
      if (cold) await this.#shutGates();
      const envVars = { TOWNKEEPER_HOST_TOKEN: cold ? this.#newToken() : this.#token(), ...this.#trust() };
      const started = this.start({ envVars, enableInternet: this.enableInternet }, { ...INSTANCE, signal: abort });
      await within(START_WITHIN_MS, started, new Unavailable({ ...troubleOf(""), message }));
      this.#bootId = (await this.#health(abort)).bootId;
    } catch (error) {
      // Half started is worse than not started. But one that ran before may have live runs: if it is deaf, a look will tell.
      if (this.#up && (cold || error instanceof Unavailable)) await this.destroy().catch(() => undefined);
      throw error;
    }
    this.#idleSinceMs = Date.now();
    this.#deafLooks = 0;
    if (cold) this.#log("info", `host ${this.#bootId} ready in ${Date.now() - startedAtMs} ms`);
  }

  /** Until it answers: the port is open a moment before the host has put its state in order. */
  async #health(signal: AbortSignal): Promise<Health> {
    for (;;) {
      try {
        const probe = AbortSignal.any([signal, AbortSignal.timeout(PROBE_WITHIN_MS)]);
        const response = await this.#ask("http://host/v1/health", { signal: probe });
        if (response.ok) return await response.json<Health>();
        if (response.status === 401) throw new Unavailable({ ...troubleOf(""), message: "a host with another token" });
      } catch (error) {
        if (error instanceof Unavailable || signal.aborted || !this.#up) throw error;
      }
      await scheduler.wait(POLL_MS);
    }
  }

  /** Past the library's own `containerFetch`, which would start, wait without end, and count every question as a use. */
  async #ask(url: string, init: { method?: string; body?: string | null; signal: AbortSignal }): Promise<Response> {
    const port = this.ctx.container?.getTcpPort(PORT);
    if (!port) throw new Error("there is no container instance");
    const headers = { authorization: `Bearer ${this.#token()}`, "content-type": "application/json" };
    const response = await port.fetch(url.replace("https:", "http:"), { ...init, redirect: "manual", headers });
    // Read to the end here: a connection that breaks half way is trouble of ours to name.
    return new Response(await readBounded(response, MAX_DIFF_BYTES), {
      status: response.status,
      headers: { "content-type": "application/json" },
    });
  }

  /** The library's clock has run down, at the pace of `sleepAfter`: is there anything to stay up for? */
  override async onActivityExpired(): Promise<void> {
    if (!this.#up || this.#stopping || this.#starting) return;
    const verdict = idleVerdict(await this.#idling());
    if (verdict === "destroy") await this.#end("its host does not answer", () => this.destroy());
    if (verdict === "stop") await this.#end("nothing runs", () => this.#stopInOrder());
  }

  async #idling(): Promise<Idling> {
    const looked = await this.#look();
    this.#deafLooks = looked ? 0 : this.#deafLooks + 1;
    if (looked && looked.busy > 0) this.#idleSinceMs = Date.now();
    return {
      nowMs: Date.now(),
      idleSinceMs: this.#idleSinceMs,
      idleAfterMs: idleSeconds(this.env) * 1_000,
      inFlight: this.#inFlight,
      deafLooks: this.#deafLooks,
      looked,
    };
  }

  async #look(): Promise<Looked | null> {
    try {
      const { runs, landings = 0, undelivered = 0 } = await this.#health(AbortSignal.timeout(LOOK_WITHIN_MS));
      return { busy: runs + landings + undelivered };
    } catch {
      return null;
    }
  }

  /** From the first moment no work is taken, so nothing can begin between the last look and the end. */
  async #end(why: string, how: () => Promise<void>): Promise<void> {
    this.#stopping = how().finally(() => {
      this.#stopping = null;
      this.#bootId = this.#up ? this.#bootId : null;
    });
    this.#log("info", `ends, ${why}`);
    await this.#stopping;
  }

  async #stopInOrder(): Promise<void> {
    if (idleVerdict(await this.#idling()) !== "stop") return;
    await this.stop("SIGTERM");
    for (const untilMs = Date.now() + STOP_WITHIN_MS; this.#up && Date.now() < untilMs; ) await scheduler.wait(POLL_MS);
    if (this.#up) await this.destroy();
  }

  /** Evicted, rolled out, killed or slept: what ran there is lost, and its leases tell the town. */
  override onStop({ exitCode, reason }: { exitCode: number; reason: string }): void {
    this.#bootId = null;
    this.#log("info", `has ended (${reason}, ${exitCode})`);
  }

  override onError(error: unknown): void {
    this.#bootId = null;
    this.#log("error", String(error));
  }

  #log(level: "info" | "error", message: string): void {
    log(level, message, { container: this.ctx.id.name ?? "without a name" });
  }

  /** Good for this container until it ends: a program that reads it in there can reach nothing with it but its own host. */
  #token(): string {
    return this.ctx.storage.kv.get<string>("host_token") ?? this.#newToken();
  }

  #newToken(): string {
    const token = `${crypto.randomUUID()}${crypto.randomUUID()}`;
    this.ctx.storage.kv.put("host_token", token);
    return token;
  }

  /** What may leave it, told to the platform before it starts. */
  async #shutGates(): Promise<void> {
    const rules = egressRules(this.env.EGRESS_RULES);
    const allowed = allowedHosts(this.env.EGRESS_ALLOW);
    const handled = Object.fromEntries(rules.map(({ host }) => [host, "withCredentials"]));
    this.interceptHttps = this.env.EGRESS_HTTPS !== "off";
    this.enableInternet = allowed === null;
    await this.setAllowedHosts(allowed ? [TOWN_HOST, ...Object.keys(handled), ...allowed] : ["*"]);
    await this.setOutboundByHosts({ ...handled, [TOWN_HOST]: "toTown" });
  }

  /** HTTPS that is read on its way out carries the platform's certificate; every tool has its own name for that. */
  #trust(): Record<string, string> {
    if (this.env.EGRESS_HTTPS === "off") return {};
    const names = ["GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"];
    return Object.fromEntries(names.map((name) => [name, CA]));
  }
}

AgentContainer.outboundHandlers = { toTown, withCredentials };

const STOPPING = "the container is stopping; the next one starts when it is gone";

class Unavailable extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble.message);
    this.trouble = trouble;
  }
}

function idleSeconds({ CONTAINER_IDLE_SECONDS: given }: Env): number {
  const seconds = Number(given);
  return seconds >= 1 ? Math.floor(seconds) : IDLE_S;
}

/** No container, no run: to stop one has succeeded, and there is no host to talk to. */
function nothingRuns(method: string): Response {
  if (method === "DELETE") return Response.json({ accepted: true, bootId: "none" });
  const message = "No container runs, so nothing runs in it.";
  return Response.json({ accepted: false, bootId: "none", code: "gone", message }, { status: 404 });
}

/** What the town's side of the line makes a refusal, or an error, of. */
export function inTrouble(trouble: Trouble): Response {
  const { code, message, retryAfterMs } = trouble;
  const answer = { accepted: false, bootId: "none", code, message, retryAfterMs };
  return Response.json(answer, { status: isRefusal(trouble) ? 409 : 503 });
}

async function within<T>(ms: number, promise: Promise<T>, late: Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const lateness = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late), ms);
  });
  try {
    return await Promise.race([promise, lateness]);
  } finally {
    clearTimeout(timer);
  }
}
