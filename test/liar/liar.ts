/** A host program that lies: it speaks the protocol's routes, and answers each order as the test wants it to. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a host was asked, however it was reached. */
export interface Asked {
  /** When it arrived, by this process's clock. */
  atMs: number;
  method: string;
  path: string;
  town: string;
  /** Null: a landing. */
  agent: string | null;
  bead: string;
  fence: number;
  kind: "start" | "landing" | "stop" | "message" | "preflight" | "look" | "other";
  /** The first word of the agent's command, or of the rig's gate, or a rig that is looked at: which lie it is to be told. */
  how: string;
  reporting: { url: string; token: string; leaseMs: number; heartbeatMs: number } | null;
}

export type Answer = (response: ServerResponse, asked: Asked) => void;

export const BOOT = "a-boot";
export const ACCEPTED = JSON.stringify({ accepted: true, bootId: BOOT });
/** What is at a rig's URL, as a host that does not lie says it. */
export const LOOKED = JSON.stringify({ bootId: BOOT, ok: true, branch: "main", detail: "it is there", hint: null });

export function say(response: ServerResponse, status: number, body: string | Buffer, headers: object = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
}

const accept: Answer = (response) => say(response, 202, ACCEPTED);
const look: Answer = (response) => say(response, 200, LOOKED);

/** Never reads more of an order than a town of ours would write. */
const MAX_ORDER_BYTES = 4_000_000;

export class Liar {
  readonly heard: Asked[] = [];
  /** Who answers for a town; a town that nobody answers for is taken at its word. */
  readonly #of = new Map<string, Answer>();
  readonly #looks = new Map<string, Answer>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  url = "";

  async listen(): Promise<void> {
    this.#server.on("clientError", (_error, socket) => void socket.destroy());
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  answers(town: string, answer: Answer): void {
    this.#of.set(town, answer);
  }

  /** Who looks at what is at a rig's URL, for a town. */
  looks(town: string, answer: Answer): void {
    this.#looks.set(town, answer);
  }

  of = (town: string, kind: Asked["kind"] = "start"): Asked[] =>
    this.heard.filter((asked) => asked.town === town && asked.kind === kind);

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const atMs = performance.now();
    response.on("error", () => response.destroy());
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of request) {
        size += (chunk as Buffer).length;
        if (size <= MAX_ORDER_BYTES) chunks.push(chunk as Buffer);
      }
    } catch {
      return; // the town has hung up
    }
    const asked = readAsked(request.method ?? "GET", request.url ?? "/", Buffer.concat(chunks).toString(), atMs);
    this.heard.push(asked);
    if (asked.kind === "preflight") return say(response, 200, JSON.stringify({ bootId: BOOT, checks: [] }));
    const answer = asked.kind === "look" ? (this.#looks.get(asked.town) ?? look) : (this.#of.get(asked.town) ?? accept);
    answer(response, asked);
  }
}

/** @param body as it was sent; a stop has none */
export function readAsked(method: string, url: string, body: string, atMs = performance.now()): Asked {
  const { pathname, searchParams } = new URL(url, "http://host");
  const sent = body ? JSON.parse(body) : {};
  const agent = /^\/v1\/runs\/([^/]+)/.exec(pathname)?.[1] ?? null;
  return {
    atMs,
    method,
    path: pathname,
    town: sent.town ?? searchParams.get("town") ?? "",
    agent,
    bead: sent.bead ?? "",
    fence: sent.fence ?? Number(searchParams.get("fence") ?? 0),
    kind: kindOf(method, pathname),
    how: sent.command?.[0] ?? sent.gate?.[0] ?? sent.rig?.id ?? "",
    reporting: sent.reporting ?? null,
  };
}

function kindOf(method: string, path: string): Asked["kind"] {
  if (path === "/v1/preflight") return "preflight";
  if (path === "/v1/rigs/look") return "look";
  if (path === "/v1/merges") return "landing";
  if (path.endsWith("/messages")) return "message";
  if (method === "PUT") return "start";
  return method === "DELETE" ? "stop" : "other";
}
