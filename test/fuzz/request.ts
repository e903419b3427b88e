/** Requests, before and when they are sent. */
import type { Route } from "./document.ts";

export interface Draft {
  route: Route;
  /** `valid`, or what was done to it. */
  what: string;
  method: string;
  /** An id that is yet to be chosen, or a text that may stand in a path as it is. */
  path: { name: string; value: unknown }[];
  query: [string, unknown][];
  /** Put behind it as it is. */
  moreQuery: string;
  headers: Record<string, string>;
  /** Undefined: there is none. */
  body: unknown;
  /** What becomes of the body's text at last. */
  text: (text: string) => string | Buffer;
}

/** As it is sent. */
export interface Request {
  route: Route;
  what: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Buffer | undefined;
}

/** For people, who may want to send it themselves. */
export function shown({ method, path, headers, body }: Request): string {
  const sent = body === undefined ? "" : ` ${JSON.stringify(body.toString().slice(0, 600))}`;
  return `${method} ${path.slice(0, 300)} ${JSON.stringify(headers).slice(0, 300)}${sent}`;
}
