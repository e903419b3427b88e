import { z } from "zod";
import { type HostRun, hostRuns } from "../src/protocol/runs.ts";
import type { components } from "./api-types.ts";

/** Longer than the Worker takes for anything; short enough to notice one that hangs. */
const REQUEST_TIMEOUT_MS = 10_000;
/** A host may have to look, or to clone a repository first. */
const PATIENT_MS = 80_000;
const PAGE = 200;

const problem = z.object({ code: z.string(), detail: z.string(), hint: z.string().optional() });

type Schemas = components["schemas"];
export type Bead = Schemas["Bead"];
export type Attempt = Schemas["Attempt"];
export type Agent = Schemas["Agent"];
export type Town = Schemas["Town"];

/** The Worker said no. `code` is stable, the message is for people. */
export class ApiProblem extends Error {
  readonly code: string;
  readonly detail: string;
  readonly hint: string | undefined;
  constructor({ code, detail, hint }: z.infer<typeof problem>) {
    // Its hint is for programs: the fields at fault are named already.
    super(hint && code !== "invalid_input" ? `${detail} ${hint}` : detail);
    this.code = code;
    this.detail = detail;
    this.hint = hint;
  }
}

/** The Worker's HTTP interface, as far as the command line needs it. Every call throws ApiProblem on a refusal. */
export class TownApi {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** Null if there is no such town. */
  async town(name: string): Promise<Town | null> {
    try {
      return (await this.#get(`/v1/towns/${name}`)) as Town;
    } catch (error) {
      if (error instanceof ApiProblem && error.code === "town_not_found") return null;
      throw error;
    }
  }

  createTown(body: { name: string; settings?: object }) {
    return this.#post("/v1/towns", body);
  }
  addRig(townName: string, body: object) {
    return this.#post(`/v1/towns/${townName}/rigs`, body);
  }
  addAgent(townName: string, body: object) {
    return this.#post(`/v1/towns/${townName}/agents`, body);
  }
  createBeads(townName: string, beads: object[]) {
    return this.#post(`/v1/towns/${townName}/beads:batch`, { beads });
  }

  async rigIds(townName: string): Promise<string[]> {
    const { items } = page.parse(await this.#get(`/v1/towns/${townName}/rigs`));
    return (items as { id: string }[]).map(({ id }) => id);
  }
  async agents(townName: string): Promise<Agent[]> {
    return page.parse(await this.#get(`/v1/towns/${townName}/agents`)).items as Agent[];
  }
  /** All of them, oldest first. */
  async beads(townName: string): Promise<Bead[]> {
    return (await this.list<Bead>(`/v1/towns/${townName}/beads`)).reverse();
  }
  /** All of them, oldest first. */
  async attempts(townName: string): Promise<Attempt[]> {
    return (await this.list<Attempt>(`/v1/towns/${townName}/attempts`)).reverse();
  }

  /** Of a town as it is now what is newest, oldest first: enough to see what moves. */
  async newest(townName: string): Promise<{ beads: Bead[]; attempts: Attempt[]; agents: Agent[] }> {
    const of = async <T>(path: string): Promise<T[]> =>
      (await this.list<T>(`/v1/towns/${townName}/${path}`, {}, PAGE)).reverse();
    const [beads, attempts, agents] = await Promise.all([
      of<Bead>("beads"),
      of<Attempt>("attempts"),
      this.agents(townName),
    ]);
    return { beads, attempts, agents };
  }

  /** Any answer below a town, as it is: of what type openapi.json says. */
  ask<T>(townName: string, path: string): Promise<T> {
    return this.#get(`/v1/towns/${encodeURIComponent(townName)}${path}`) as Promise<T>;
  }
  change(townName: string, path: string, body: object): Promise<unknown> {
    return call(`${this.#url}/v1/towns/${encodeURIComponent(townName)}${path}`, this.#token, "PATCH", body);
  }
  act<T>(townName: string, path: string, body: object = {}): Promise<T> {
    return this.#post(`/v1/towns/${encodeURIComponent(townName)}${path}`, body) as Promise<T>;
  }

  /** Any answer. @param path from the root; `body` is JSON, or a text as it is */
  request(method: string, path: string, body?: object | string): Promise<unknown> {
    return call(this.#url + path, this.#token, method, body, method === "GET" ? REQUEST_TIMEOUT_MS : PATIENT_MS);
  }

  /** An answer that is no JSON. */
  async text(path: string): Promise<string> {
    return ask(this.#url + path, this.#token);
  }

  /** The host looks while we wait: a repository may have to be cloned first. */
  preflight(townName: string, agentId: string, withCall = false): Promise<Agent> {
    const path = `/v1/towns/${encodeURIComponent(townName)}/agents/${encodeURIComponent(agentId)}/preflight`;
    return call(this.#url + path, this.#token, "POST", { call: withCall }, PATIENT_MS) as Promise<Agent>;
  }

  /** What a list begins with. @param limit so many; null: all of it, page by page */
  async list<T>(
    path: string,
    query: Record<string, string | undefined> = {},
    limit: number | null = null,
  ): Promise<T[]> {
    const found: T[] = [];
    let cursor: string | null | undefined;
    do {
      const asked = Object.entries({ ...query, limit: String(limit ?? PAGE), cursor: cursor ?? undefined });
      const search = new URLSearchParams(asked.filter((entry): entry is [string, string] => entry[1] !== undefined));
      const { items, nextCursor } = page.parse(await this.#get(`${path}?${search}`));
      found.push(...(items as T[]));
      cursor = nextCursor;
    } while (limit === null && cursor);
    return found;
  }

  #get(path: string): Promise<unknown> {
    return call(this.#url + path, this.#token);
  }
  #post(path: string, body: object): Promise<unknown> {
    return call(this.#url + path, this.#token, "POST", body);
  }
}

/** What runs on a host, and what lately ended there. */
export async function runsOf(host: { url: string; token: string }): Promise<HostRun[]> {
  return hostRuns.parse(await call(`${host.url}/v1/runs`, host.token)).runs;
}

/** @throws if no host answers there, or it does not take the token */
export async function requireHost(host: { url: string; token: string }): Promise<void> {
  await call(`${host.url}/v1/health`, host.token);
}

/** What is in it is as openapi.json says: both are of the same release, or the Worker's is newer and only adds to it. */
const page = z.object({ items: z.array(z.unknown()), nextCursor: z.string().nullish() });

async function call(
  url: string,
  token: string,
  method = "GET",
  body?: object | string,
  patienceMs = REQUEST_TIMEOUT_MS,
): Promise<unknown> {
  return JSON.parse(await ask(url, token, method, body, patienceMs));
}

async function ask(
  url: string,
  token: string,
  method = "GET",
  body?: object | string,
  patienceMs = REQUEST_TIMEOUT_MS,
): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const sent = body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) };
  const response = await fetch(url, { method, ...sent, headers, signal: AbortSignal.timeout(patienceMs) });
  const text = await response.text();
  if (response.ok) return text;
  throw new ApiProblem(
    problemIn(text) ?? { code: "http", detail: `${new URL(url).pathname} said ${response.status}.` },
  );
}

function problemIn(text: string): z.infer<typeof problem> | null {
  try {
    return problem.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
