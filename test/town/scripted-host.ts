/**
 * A host that does what the first word of an agent's command says: `accept`, `refuse`, `busy`, `disk` (no room), `none` (no container is to
 * be had), `reject`, `garbage`, `hang` (never answers) or `slow` (takes it, and answers once `POST /open?town=` was called). It keeps what it was asked,
 * so that a test can look: `GET /seen?town=`. Landings follow the rig's gate. What follows a plus in that word is its
 * answer to a stop: `accept+lives` never gets rid of the run, `accept+cut` breaks the line, `accept+stuck` never answers; and
 * to a nudge: `accept+gone`, `accept+old` (knows no such route), `accept+cut`. After `say` comes, as JSON, what it answers to
 * the letter, see `Said`. At `/repos/…` lie repositories whose default branch is main; what else a rig's URL does, see `lookAt`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { TestProject } from "vitest/node";
import { changesOf } from "./changes.ts";

interface Asked {
  town: string;
  agent: string | null;
  bead: string;
  fence: number;
  how: string;
  /** When it was received, by the clock of the machine. */
  atMs: number;
  /** What it was told: the lease, how often to report, how long the run or the gate may take. */
  terms?: { leaseMs: number; heartbeatMs: number; limitMs: number };
  /** The branch it lands on, if that is a convoy's. */
  onBranch?: string;
  /** How many landings of its rig may have their gates run side by side, if that was said. */
  landingsAtOnce?: number;
  /** What a run is to go on with; null: with nothing. */
  from?: unknown;
  prompt?: unknown;
}

const BOOT = "00000000-0000-4000-8000-000000000000";

export default async function setup(project: TestProject): Promise<() => void> {
  const seen: Asked[] = [];
  const gates = new Gates();
  const server = createServer((request, response) => void serve(request, response, seen, gates));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  project.provide("hostPort", (server.address() as AddressInfo).port);
  return () => {
    server.closeAllConnections();
    server.close();
  };
}

/** Per town: what waits until it is opened, once and for all. */
class Gates {
  readonly #open = new Set<string>();
  readonly #waiting = new Map<string, (() => void)[]>();

  open(town: string): void {
    this.#open.add(town);
    for (const go of this.#waiting.get(town) ?? []) go();
  }

  pass(town: string): Promise<void> {
    if (this.#open.has(town)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.set(town, [...(this.#waiting.get(town) ?? []), resolve]));
  }
}

async function serve(request: IncomingMessage, response: ServerResponse, seen: Asked[], gates: Gates): Promise<void> {
  const url = new URL(request.url ?? "/", "http://host");
  const reply = (status: number, body: unknown) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (url.pathname === "/seen")
    return void reply(
      200,
      seen.filter(({ town }) => town === url.searchParams.get("town")),
    );
  if (url.pathname === "/elsewhere") {
    const town = url.searchParams.get("town") ?? "";
    seen.push({ town, agent: null, bead: "", fence: 0, how: "elsewhere", atMs: Date.now() });
    return void reply(202, { accepted: true, bootId: BOOT });
  }
  if (url.pathname === "/open") {
    gates.open(url.searchParams.get("town") ?? "");
    return void reply(200, {});
  }
  // What stands behind a container's way out: it says what it was asked, or leads away.
  if (url.pathname.startsWith("/out/echo")) return void reply(200, { path: request.url, headers: request.headers });
  if (url.pathname.startsWith("/out/away")) return void response.writeHead(302, { location: "/out/echo" }).end();
  if (request.method === "DELETE") return stop(url, response, seen, reply);
  let text = "";
  for await (const chunk of request) text += chunk;
  if (url.pathname.endsWith("/messages")) return hear(url, JSON.parse(text), response, seen, reply);
  if (url.pathname === "/v1/preflight") return look(JSON.parse(text), response, reply);
  if (url.pathname === "/v1/rigs/look") return lookAt(JSON.parse(text), response, seen, reply);
  if (url.pathname === "/v1/rigs/diff") return showDiff(JSON.parse(text), response, seen, reply);
  const asked = JSON.parse(text);
  const { town, agent, bead, fence, command, gate, rig, reporting, maxRunMs, maxGateMs, from, prompt } = asked;
  const { leaseMs, heartbeatMs } = reporting;
  const word = command?.[0] ?? gate?.[0] ?? "accept";
  seen.push({
    town,
    agent: agent ?? null,
    bead,
    fence,
    how: word,
    atMs: Date.now(),
    terms: { leaseMs, heartbeatMs, limitMs: maxRunMs ?? maxGateMs },
    ...(asked.landingsAtOnce !== undefined && { landingsAtOnce: asked.landingsAtOnce }),
    ...(from !== undefined && { from }),
    ...(prompt !== undefined && { prompt }),
    ...(rig.forkOf && { onBranch: `${rig.defaultBranch} of ${rig.forkOf}` }),
  });
  const [how] = word.split("+");
  if (how === "say") return void say(JSON.parse((command ?? gate)[1]), response);
  if (how === "slow") await gates.pass(town);
  if (how === "accept" || how === "slow") return void reply(202, { accepted: true, bootId: BOOT });
  if (how === "refuse") return void reply(409, { accepted: false, bootId: BOOT, code: "drill", message: "not today" });
  if (how === "none")
    return void reply(503, {
      accepted: false,
      bootId: "none",
      code: "no_instance",
      message: "there is no container instance",
      retryAfterMs: 20_000,
    });
  if (how === "busy")
    return void reply(409, {
      accepted: false,
      bootId: BOOT,
      code: "at_capacity",
      message: "full",
      retryAfterMs: 60_000,
    });
  if (how === "disk")
    return void reply(409, {
      accepted: false,
      bootId: BOOT,
      code: "low_disk",
      message: "Only 12 MiB are free where this host keeps its state, and a start needs 512 MiB. Make room there.",
      retryAfterMs: 60_000,
    });
  if (how === "garbage") return void response.writeHead(200).end("<html>a proxy's page</html>");
  if (how === "reject") return void response.destroy();
  // hang: never answers
}

/** An answer, word for word. */
export interface Said {
  status: number;
  /** Its JSON; text as it is. */
  body?: unknown;
  headers?: Record<string, string>;
  /** So many characters are added to its `message`, or to a text. */
  more?: number;
  /** So many bytes, which compress well, come after it. */
  gzip?: number;
  /** It never ends. */
  endless?: boolean;
}

function say({ status, body, headers = {}, more = 0, gzip = 0, endless }: Said, response: ServerResponse): void {
  const message = `${(body as { message?: string })?.message ?? ""}${"x".repeat(more)}`;
  const text =
    typeof body === "string" ? body + "x".repeat(more) : JSON.stringify(more ? { ...(body as object), message } : body);
  response.writeHead(status, { ...headers, ...(gzip > 0 && { "content-encoding": "gzip" }) });
  const chunk = " ".repeat(64 * 1024);
  function* flood() {
    yield text ?? "";
    for (let left = gzip; endless || left > 0; left -= chunk.length) yield chunk;
  }
  const source = Readable.from(flood());
  const sent = gzip > 0 ? source.pipe(createGzip()) : source;
  // Who hears enough hangs up.
  response.on("close", () => source.destroy());
  sent.pipe(response);
}

/** Finds `accept+missing` missing, though it would start it, and everything else well. */
function look(
  { command: [how], call }: { command: string[]; call?: boolean },
  response: ServerResponse,
  reply: (status: number, body: unknown) => void,
): void {
  if (how === "reject") return void response.destroy();
  const ok = !how?.endsWith("+missing");
  const found = { name: "command", ok, detail: `${how} is ${ok ? "" : "not "}here` };
  const model = { name: "model", ok: true, detail: "it answers", hint: null };
  reply(200, { bootId: BOOT, checks: [{ ...found, hint: null }, ...(call ? [model] : [])] });
}

/** `/lacks/trunk`: no such branch as is asked for. `/empty/trunk`: no commit yet. `/gone`: can't be reached. `/old`: the host knows no such question. `/says/…`: names that branch. `/held/…`: it is checked out. `/takes/…`: it takes a push. */
function lookAt(
  { town, rig, begin }: { town: string; rig: { repoUrl: string; defaultBranch?: string }; begin?: boolean },
  response: ServerResponse,
  seen: Asked[],
  reply: (status: number, body: unknown) => void,
): void {
  const [, how = "", ...rest] = rig.repoUrl.split("/");
  seen.push({ town, agent: null, bead: "", fence: 0, how: `look${begin ? " and begin" : ""}`, atMs: Date.now() });
  const branch = rig.defaultBranch ?? (how === "repos" ? "main" : decodeURIComponent(rest.join("/")));
  if (how === "reject") return void response.destroy();
  if (how === "old")
    return void reply(404, { accepted: false, bootId: BOOT, code: "invalid", message: "no such route" });
  if (how === "gone")
    return void reply(200, { bootId: BOOT, ok: false, branch: null, detail: "it can't be reached", hint: "mend it" });
  if (how === "lacks" && branch !== rest.join("/"))
    return void reply(200, {
      bootId: BOOT,
      ok: false,
      branch,
      code: "no_branch",
      detail: `no ${branch}`,
      hint: "name it",
    });
  if (how === "held")
    return void reply(200, {
      ...{ bootId: BOOT, ok: false, branch, code: "checked_out", pushed: false },
      ...{ detail: `${branch} is checked out`, hint: "let it be moved" },
    });
  if (how === "takes")
    return void reply(200, { bootId: BOOT, ok: true, branch, detail: "it takes a push", hint: null, pushed: true });
  if (how === "empty" && !begin)
    return void reply(200, { bootId: BOOT, ok: false, branch, detail: "it is empty", hint: "have it begun" });
  reply(200, { bootId: BOOT, ok: true, branch, detail: `${branch} is there`, hint: null });
}

/** `/gone`: it has the commits no more. `/old`: it knows no such question. `/odd`: its answer is none. `/large`: as much as may be. */
function showDiff(
  asked: { town: string; bead: string; head: string; base?: string; path?: string; rig: { repoUrl: string } },
  response: ServerResponse,
  seen: Asked[],
  reply: (status: number, body: unknown) => void,
): void {
  const [, how = ""] = asked.rig.repoUrl.split("/");
  const { town, bead, head, base = null, path } = asked;
  seen.push({ town, agent: null, bead, fence: 0, how: `look at ${head} on ${base}`, atMs: Date.now() });
  if (how === "reject") return void response.destroy();
  if (how === "old")
    return void reply(404, { accepted: false, bootId: BOOT, code: "invalid", message: "no such route" });
  if (how === "gone")
    return void reply(409, { accepted: false, bootId: BOOT, code: "commits_gone", message: "Commit x is not here." });
  if (how === "odd") return void reply(200, { bootId: BOOT, head, files: "all" });
  reply(200, { bootId: BOOT, ...changesOf(head, base, path ?? "a.txt", how === "large" ? 90_000 : 1) });
}

function stop(url: URL, response: ServerResponse, seen: Asked[], reply: (status: number, body: unknown) => void): void {
  const [town, agent] = [url.searchParams.get("town"), url.pathname.split("/").at(-1) ?? ""];
  const started = seen.findLast((asked) => asked.town === town && asked.agent === agent);
  const fence = Number(url.searchParams.get("fence"));
  seen.push({ town: town ?? "", agent, bead: "", fence, how: "stop", atMs: Date.now() });
  const how = started?.how.split("+")[1];
  if (how === "stuck") return;
  if (how === "cut") response.destroy();
  else if (how === "lives") reply(409, { accepted: false, bootId: BOOT, code: "stopping", message: "not gone yet" });
  else reply(200, { accepted: true, bootId: BOOT });
}

function hear(
  url: URL,
  { town, fence, id, text }: { town: string; fence: number; id: string; text: string },
  response: ServerResponse,
  seen: Asked[],
  reply: (status: number, body: unknown) => void,
): void {
  const agent = url.pathname.split("/").at(-2) ?? "";
  const how = seen.findLast((asked) => asked.town === town && asked.agent === agent)?.how.split("+")[1];
  seen.push({ town, agent, bead: id, fence, how: `nudge: ${text}`, atMs: Date.now() });
  if (how === "cut") response.destroy();
  else if (how === "gone") reply(404, { accepted: false, bootId: BOOT, code: "gone", message: "no such run" });
  else if (how === "old") reply(404, { accepted: false, bootId: BOOT, code: "invalid", message: "no such route" });
  else reply(200, { accepted: true, bootId: BOOT });
}

declare module "vitest" {
  export interface ProvidedContext {
    hostPort: number;
  }
}
