/** One vendor's protocol, as a model on this machine speaks it. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** A shell command, words, or a refusal. */
export type Reply = { shell: string; command: string } | { say: string } | { refuse: string };

export interface Vendor {
  speaks(path: string): boolean;
  /** The name of the tool that runs a shell command; null: there is none, so something else is wanted. */
  shellIn(body: unknown): string | null;
  /** Whether a tool has answered already. */
  isAfterTool(body: unknown): boolean;
  answer(request: IncomingMessage, response: ServerResponse, body: unknown, reply: Reply, used: Used): void;
  /** @param resetS in how many seconds it takes more; null: it does not say */
  refuse(response: ServerResponse, status: number, resetS: number | null): void;
}

export interface Used {
  input: number;
  output: number;
}

export const ERRORS: Record<number, { type: string; message: string; google: string }> = {
  401: { type: "authentication_error", message: "invalid x-api-key", google: "UNAUTHENTICATED" },
  429: {
    type: "rate_limit_error",
    message: "This request would exceed your account's rate limit. Please try again later.",
    google: "RESOURCE_EXHAUSTED",
  },
  500: { type: "api_error", message: "Internal server error", google: "INTERNAL" },
  529: { type: "overloaded_error", message: "Overloaded", google: "UNAVAILABLE" },
};

export const at = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
export const list = (value: unknown, key: string): unknown[] => {
  const found = at(value, key);
  return Array.isArray(found) ? found : [];
};

export function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

/** A stream of events; without a name it is an event's data alone. */
export function stream(response: ServerResponse, events: readonly (readonly [string | null, object | string])[]): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const [name, data] of events)
    response.write(
      `${name === null ? "" : `event: ${name}\n`}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`,
    );
  response.end();
}

let calls = 0;
export const fresh = (prefix: string): string => `${prefix}_${++calls}`;
