/** Requests to the Worker, with the types that its contract has. */
import type { components } from "../../cli/api-types.ts";
import { patienceFor } from "../../src/lib/patience.ts";
import { Away, untilLeft } from "./presence.ts";
import { forgetToken, recall, token } from "./session.ts";

type Schemas = components["schemas"];
export type Agent = Schemas["Agent"];
export type Attempt = Schemas["Attempt"];
export type AttemptLog = Schemas["AttemptLog"];
export type AttemptPrompt = Schemas["AttemptPrompt"];
export type Attention = Schemas["Attention"];
export type AttentionItem = Schemas["AttentionItem"];
export type Bead = Schemas["Bead"];
export type BeadDetail = Schemas["BeadDetail"];
export type Convoy = Schemas["Convoy"];
export type ConvoySummary = Schemas["ConvoySummary"];
export type Diff = Schemas["Diff"];
export type DiffFile = Schemas["DiffFile"];
export type Explanation = Schemas["Explanation"];
export type Health = Schemas["Health"];
export type Host = Schemas["Host"];
export type Incident = Schemas["Incident"];
export type Moment = Schemas["Moment"];
export type NewToken = Schemas["NewToken"];
export type Preview = Schemas["Preview"];
export type Removed = Schemas["Removed"];
export type Rig = Schemas["Rig"];
export type Tick = Schemas["Tick"];
export type Token = Schemas["Token"];
export type Town = Schemas["Town"];
export type Webhook = Schemas["Webhook"];
export type WebhookDelivery = Schemas["WebhookDelivery"];
export type WebhookWithSecret = Schemas["WebhookWithSecret"];

/** Short lists have no pages. */
type Page<T> = { items: T[]; nextCursor?: string | null };

/** A request as the town names it: of an item of attention, and of a gate. */
export interface Request {
  method: string;
  path: string;
  body?: unknown;
  /** Of what was read: nothing is changed, if it was changed since. */
  version?: string;
}

/** As many as the Worker tells of at once. */
export const PAGE = 200;

/** Of what was sent: a field, and what it takes. */
export interface FieldError {
  path: string;
  message: string;
}

interface Told {
  code: string;
  detail: string;
  hint?: string;
  status?: number;
  errors?: FieldError[];
}

/** Why a request came to nothing: a stable code, what is wrong, and how to mend it. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly hint: string | null;
  readonly errors: readonly FieldError[];

  constructor({ code, detail, hint, status = 0, errors = [] }: Told) {
    super(detail);
    this.code = code;
    this.status = status;
    this.hint = hint ?? null;
    this.errors = errors;
  }
}

/**
 * @param as another token than this tab's
 * @throws Problem
 */
export const call = async <T>(request: Request, signal?: AbortSignal, as?: string): Promise<T> =>
  (await answered<T>(request, signal, as)).value;

/** What is read to be changed. @throws Problem */
export const versioned = <T>(path: string) => answered<T>({ method: "GET", path });

/** As it is then. @throws Problem */
export const changed = <T>(request: Request) => answered<T>(request);

async function answered<T>(
  { method, path, body, version }: Request,
  signal?: AbortSignal,
  as?: string,
): Promise<{ value: T; version: string }> {
  const patience = AbortSignal.timeout(patienceFor(method, path));
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      headers: { ...requestHeaders(method, as), ...(version !== undefined && { "if-match": version }) },
      ...(body !== undefined && body !== null && { body: JSON.stringify(body) }),
      cache: "no-store",
      signal: AbortSignal.any([untilLeft(), patience, ...(signal ? [signal] : [])]),
    });
    text = await response.text();
  } catch (error) {
    throw unreachable(error);
  }
  const value = () => (text === "" ? (undefined as T) : (JSON.parse(text) as T));
  if (response.ok) return { value: value(), version: response.headers.get("etag") ?? "*" };
  throw refused(text, response.status, as);
}

/** What an answer that is no success says. */
export const thrownBy = async (response: Response): Promise<Problem> => refused(await response.text(), response.status);

function refused(text: string, status: number, as?: string): Problem {
  const problem = problemIn(text, status);
  if (status !== 401) return problem;
  if (as === undefined) forgetToken(problem.message);
  else recall(as);
  return problem;
}

/** What is sent twice by accident is done once. */
export const requestHeaders = (method: string, as = token.peek() ?? "") => ({
  ...(as !== "" && { authorization: `Bearer ${as}` }),
  "content-type": "application/json",
  "x-townkeeper-way": "page",
  ...(method === "POST" && { "idempotency-key": crypto.randomUUID() }),
});

export const get = <T>(path: string, signal?: AbortSignal, as?: string): Promise<T> =>
  call<T>({ method: "GET", path }, signal, as);

/** A list page by page, each of so many at most. */
export async function* pages<T>(path: string, size: number, signal?: AbortSignal, as?: string): AsyncGenerator<T[]> {
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(size), ...(cursor && { cursor }) });
    const page: Page<T> = await get<Page<T>>(`${path}${path.includes("?") ? "&" : "?"}${query}`, signal, as);
    yield page.items;
    cursor = page.nextCursor ?? null;
  } while (cursor !== null);
}

/** What a list begins with, up to so many. */
export async function list<T>(path: string, most: number, signal?: AbortSignal, as?: string): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages<T>(path, Math.min(PAGE, most), signal, as)) {
    found.push(...page);
    if (found.length >= most) break;
  }
  return found.slice(0, most);
}

export const problemOf = (error: unknown): Problem =>
  error instanceof Problem
    ? error
    : new Problem({ code: "page_error", detail: String(error instanceof Error ? error.message : error) });

/** For what `fetch` throws, and a body that breaks off. */
export function unreachable(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Away) return new Problem({ code: "page_left", detail: error.message });
  const late = error instanceof DOMException && error.name === "TimeoutError";
  return new Problem({
    code: late ? "no_answer" : "unreachable",
    detail: late ? "The server did not answer in time." : "The server can't be reached.",
    hint: "See whether `npm start`, or the network, is still up. This page tries again by itself.",
  });
}

function problemIn(text: string, status: number): Problem {
  try {
    return new Problem({ ...JSON.parse(text), status });
  } catch {
    return new Problem({ code: "http", detail: `The server said ${status}.`, status });
  }
}
