/** HTTP requests whose paths, bodies and answers are of the types of openapi.json, and whose refusals are thrown. */
import { z } from "zod";
import { patienceFor } from "../src/lib/patience.ts";
import type { paths } from "./api-types.ts";
import { Fault } from "./fault.ts";

export const PAGE = 200;

/** What a request came by, for who looks who asked for what. */
const WAY = { "x-townkeeper-way": "town" };

const problem = z.object({ code: z.string(), detail: z.string(), hint: z.string().optional() });

/** The Worker said no. `code` is stable, the message is for people. */
export class ApiProblem extends Error {
  readonly code: string;
  readonly detail: string;
  readonly hint: string | undefined;
  readonly path: string;
  constructor({ code, detail, hint }: z.infer<typeof problem>, path: string) {
    // Its hint is for programs: the fields at fault are named already.
    super(hint && code !== "invalid_input" ? `${detail} ${hint}` : detail);
    this.code = code;
    this.detail = detail;
    this.hint = hint;
    this.path = path;
  }
}

const LACKING = ["scope_missing", "unauthenticated", "token_expired", "token_replaced"];
const isLacking = (error: unknown): boolean => error instanceof ApiProblem && LACKING.includes(error.code);

export type Method = "get" | "post" | "patch" | "delete";
type Responding = { responses: object };

export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: Responding } ? P : never;
}[keyof paths];

type Operation<M extends Method, P extends PathOf<M>> = paths[P] extends { [K in M]: infer O extends Responding }
  ? O
  : never;

/** What stands in braces in a path. */
export type Names<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? { [K in Name]: string } & Names<Rest>
  : unknown;

/** What is followed has another type beside, and is asked for by `stream`. */
type ContentOf<T> = T extends { content: infer C }
  ? C extends { "application/json": infer Whole }
    ? Whole
    : C[keyof C]
  : never;
export type Answer<M extends Method, P extends PathOf<M>> = ContentOf<
  Operation<M, P>["responses"][keyof Operation<M, P>["responses"] & (200 | 201 | 202)]
>;
export type Body<M extends Method, P extends PathOf<M>> =
  Operation<M, P> extends { requestBody?: infer B } ? ContentOf<NonNullable<B>> : undefined;
export type Query<M extends Method, P extends PathOf<M>> =
  Operation<M, P> extends { parameters: { query?: infer Q } } ? { [K in keyof Q]?: Q[K] | undefined } : object;

export interface Sent<M extends Method, P extends PathOf<M>> {
  query?: Query<M, P>;
  body?: Body<M, P>;
  signal?: AbortSignal;
}

export type Pages<P extends PathOf<"get">> =
  Answer<"get", P> extends { items: (infer Item)[]; nextCursor: unknown } ? Item : never;

/** A Worker, and what opens it. Every call throws ApiProblem on a refusal. */
export class Client {
  readonly url: string;
  readonly #token: string;
  readonly #mayAll: string | undefined;

  /** @param mayAll what is asked with where the token is not enough, or not taken any more: a refusal has changed nothing */
  constructor(url: string, token: string, mayAll?: string) {
    this.url = url;
    this.#token = token;
    this.#mayAll = mayAll;
  }

  async #asking<T>(how: (token: string) => Promise<T>): Promise<T> {
    try {
      return await how(this.#token);
    } catch (error) {
      if (this.#mayAll === undefined || !isLacking(error)) throw error;
      return how(this.#mayAll);
    }
  }

  async send<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    names: Names<P>,
    { query, body, signal }: Sent<M, P> = {},
  ): Promise<Answer<M, P>> {
    const text = await this.text(method, path, names, {
      ...(query !== undefined && { query }),
      ...(body !== undefined && { body }),
      ...(signal !== undefined && { signal }),
    });
    return JSON.parse(text) as Answer<M, P>;
  }

  /** An answer as it came. */
  text<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    names: Names<P>,
    { query, body, signal }: Sent<M, P> = {},
  ): Promise<string> {
    const url = `${this.url}${filled(path, names as Record<string, string>)}${searchOf(query ?? {})}`;
    return this.#asking((token) => ask(url, token, { method: method.toUpperCase(), body, signal }));
  }

  /** A token for a page, which ends in a day. Who makes no others is given theirs as it is, without an id. */
  async pageToken(): Promise<{ id: string | null; token: string }> {
    try {
      const body = { name: "page", preset: "operator" as const, expiresInDays: 1 };
      return await this.send("post", "/v1/tokens", {}, { body });
    } catch (error) {
      if (isLacking(error)) return { id: null, token: this.#token };
      throw error;
    }
  }

  /** What comes in the course of time, and never ends by itself. */
  async stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    return this.#asking(async (token) => {
      const headers = { authorization: `Bearer ${token}`, accept: "text/event-stream" };
      const response = await fetch(this.url + path, { headers, signal, redirect: "manual" });
      if (response.ok && response.body) return response.body;
      throw problemOf(await response.text(), response);
    });
  }

  of(town: string): TownClient {
    return new TownClient(this, town);
  }

  /** What a list begins with, by pages that may hold fewer than is asked for. @param limit so many; null: all of it */
  async list<P extends PathOf<"get">>(
    path: P,
    names: Names<P>,
    query: Query<"get", P>,
    limit: number | null,
  ): Promise<Pages<P>[]> {
    const found: Pages<P>[] = [];
    let cursor: string | null | undefined;
    do {
      const asked = { ...query, limit: limit === null ? PAGE : limit - found.length, cursor: cursor ?? undefined };
      const { items, nextCursor } = page.parse(
        await this.send("get", path, names, { query: asked as unknown as Query<"get", P> }),
      );
      found.push(...(items as Pages<P>[]));
      cursor = nextCursor;
    } while (cursor && (limit === null || found.length < limit));
    return found;
  }
}

type TownPath = "/v1/towns/{town}";
/** What stands behind a town in the paths that a method has. */
export type Below<M extends Method> =
  PathOf<M> extends infer P ? (P extends `${TownPath}${infer Rest}` ? Rest : never) : never;
type Whole<M extends Method, R extends Below<M>> = `${TownPath}${R}` & PathOf<M>;
/** What a request below a town is answered with. */
export type Told<M extends Method, R extends Below<M>> = Answer<M, Whole<M, R>>;
export type TownBody<M extends Method, R extends Below<M>> = Body<M, Whole<M, R>>;
export type TownQuery<M extends Method, R extends Below<M>> = Query<M, Whole<M, R>>;
export type Item<R extends Below<"get">> = Pages<Whole<"get", R>>;

/** One town of a Worker. */
export class TownClient {
  readonly client: Client;
  readonly town: string;

  constructor(client: Client, town: string) {
    this.client = client;
    this.town = town;
  }

  get<R extends Below<"get">>(rest: R, names: Names<R>, query?: TownQuery<"get", R>): Promise<Told<"get", R>> {
    return this.#send("get", rest, names, query === undefined ? {} : { query });
  }
  post<R extends Below<"post">>(rest: R, names: Names<R>, body?: TownBody<"post", R>): Promise<Told<"post", R>> {
    return this.#send("post", rest, names, { body: body ?? ({} as unknown as TownBody<"post", R>) });
  }
  patch<R extends Below<"patch">>(rest: R, names: Names<R>, body: TownBody<"patch", R>): Promise<Told<"patch", R>> {
    return this.#send("patch", rest, names, { body });
  }
  delete<R extends Below<"delete">>(
    rest: R,
    names: Names<R>,
    query?: TownQuery<"delete", R>,
  ): Promise<Told<"delete", R>> {
    return this.#send("delete", rest, names, query === undefined ? {} : { query });
  }

  /** Server-sent events. @param after the last that was read; null: none was */
  stream(after: number | null, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const search = after === null ? "" : `?after=${after}`;
    return this.client.stream(`/v1/towns/${encodeURIComponent(this.town)}/stream${search}`, signal);
  }

  /** What a list begins with, by pages that may hold fewer than is asked for. @param limit so many; null: all of it */
  list<R extends Below<"get">>(
    rest: R,
    names: Names<R>,
    query: TownQuery<"get", R>,
    limit: number | null,
  ): Promise<Item<R>[]> {
    return this.client.list(this.#whole<"get", R>(rest), this.#named<Names<Whole<"get", R>>>(names), query, limit);
  }

  #send<M extends Method, R extends Below<M>>(
    method: M,
    rest: R,
    names: Names<R>,
    sent: Sent<M, Whole<M, R>>,
  ): Promise<Told<M, R>> {
    return this.client.send(method, this.#whole<M, R>(rest), this.#named<Names<Whole<M, R>>>(names), sent);
  }
  #whole<M extends Method, R extends Below<M>>(rest: R): Whole<M, R> {
    return `/v1/towns/{town}${rest}` as unknown as Whole<M, R>;
  }
  /** A path below the town has the town's name in it, whatever else. */
  #named<P>(names: unknown): P {
    return { ...(names as object), town: this.town } as P;
  }
}

/** What is in it is as openapi.json says: both are of the same release, or the Worker's is newer and only adds to it. */
const page = z.object({ items: z.array(z.unknown()), nextCursor: z.string().nullish() });

/** @throws Fault for what would lead to another path */
function filled(path: string, names: Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_, key: string) => {
    const name = names[key] ?? "";
    if (/^\.{0,2}$/.test(name))
      throw new Fault(`nothing is called ${JSON.stringify(name)}: give its name, as the lists show it`);
    return encodeURIComponent(name);
  });
}

function searchOf(query: object): string {
  const said = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  return said.length === 0
    ? ""
    : `?${new URLSearchParams(said.map(([name, value]) => [name, String(value)] as [string, string]))}`;
}

interface Asked {
  method?: string;
  /** A text is sent as it is. */
  body?: unknown;
  signal?: AbortSignal | undefined;
}

/** @throws ApiProblem on a refusal */
export async function ask(url: string, token: string, { method = "GET", body, signal }: Asked = {}): Promise<string> {
  // Who gives a command says what a thing is to be, whatever it was.
  const anyVersion = method === "PATCH" && { "if-match": "*" };
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", ...WAY, ...anyVersion };
  const sent = body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) };
  const patience = AbortSignal.timeout(patienceFor(method, url));
  const until = signal ? AbortSignal.any([signal, patience]) : patience;
  // A redirect would carry the token, and what is sent, elsewhere.
  const response = await fetch(url, { method, ...sent, headers, signal: until, redirect: "manual" });
  const text = await response.text();
  if (response.ok) return text;
  throw problemOf(text, response);
}

function problemOf(text: string, { url, status, headers }: Response): ApiProblem | Fault {
  const to = URL.parse(headers.get("location") ?? "", url);
  if (to && status >= 300 && status < 400)
    return new Fault(
      `${new URL(url).origin} leads elsewhere, to ${to.origin}: give that as the URL, if it is yours`,
      3,
    );
  const path = new URL(url).pathname;
  return new ApiProblem(problemIn(text) ?? { code: "http", detail: `${path} said ${status}.` }, path);
}

function problemIn(text: string): z.infer<typeof problem> | null {
  try {
    return problem.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
