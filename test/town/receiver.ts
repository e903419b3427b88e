/**
 * A receiver of webhooks. What is sent to `/hook/KEY` is kept, and told at `/told/KEY`; it is answered as `PUT /answers/KEY` says:
 * a list, one for each request in turn, of which the last one stays. Left out: 204.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";

export interface Answer {
  status: number;
  body?: string;
  headers?: Record<string, string>;
  /** It never answers. `drip`: it answers, and its body never ends. `endless`: it sends as much as is taken. `cut`: the line breaks. */
  how?: "hang" | "drip" | "endless" | "cut";
}

export interface Told {
  headers: Record<string, string>;
  body: string;
  atMs: number;
}

const told = new Map<string, Told[]>();
const answers = new Map<string, Answer[]>();

export default async function setup(project: TestProject): Promise<() => void> {
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  project.provide("receiverPort", (server.address() as AddressInfo).port);
  return () => {
    server.closeAllConnections();
    server.close();
  };
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = "";
  for await (const chunk of request) body += chunk;
  const [, what = "", key = ""] = new URL(request.url ?? "/", "http://receiver").pathname.split("/");
  if (what === "told") return void response.end(JSON.stringify(told.get(key) ?? []));
  if (what === "answers") {
    answers.set(key, JSON.parse(body));
    return void response.end();
  }
  const headers = request.headers as Record<string, string>;
  told.set(key, [...(told.get(key) ?? []), { headers, body, atMs: Date.now() }]);
  const [answer = { status: 204 }, ...others] = answers.get(key) ?? [];
  if (others.length > 0) answers.set(key, others);
  give(answer, response);
}

function give({ status, body, headers, how }: Answer, response: ServerResponse): void {
  if (how === "hang") return;
  if (how === "cut") response.destroy();
  else response.writeHead(status, headers);
  if (how === "drip") response.write("slow");
  if (how === "endless") pour(response);
  if (how === undefined) response.end(body);
}

function pour(response: ServerResponse): void {
  while (!response.destroyed && response.write("x".repeat(65_536)));
  if (!response.destroyed) response.once("drain", () => pour(response));
}

declare module "vitest" {
  interface ProvidedContext {
    receiverPort: number;
  }
}
