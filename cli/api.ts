import { type HostRun, hostRuns } from "../src/protocol/runs.ts";
import type { components } from "./api-types.ts";
import { askHost } from "./ask-host.ts";
import { ApiProblem, ask, type Body, type Client, PAGE, type TownBody, type TownClient } from "./client.ts";

type Schemas = components["schemas"];
export type Bead = Schemas["Bead"];
export type Attempt = Schemas["Attempt"];
export type Agent = Schemas["Agent"];
export type Town = Schemas["Town"];

/** The Worker's HTTP interface, as far as `npm start` and its sample need it. Every call throws ApiProblem on a refusal. */
export class TownApi {
  readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }

  /** Null if there is no such town. */
  async town(town: string): Promise<Town | null> {
    try {
      return await this.of(town).get("", {});
    } catch (error) {
      if (error instanceof ApiProblem && error.code === "town_not_found") return null;
      throw error;
    }
  }

  /** One of its towns. */
  of(town: string): TownClient {
    return this.client.of(town);
  }

  createTown(body: Body<"post", "/v1/towns">) {
    return this.client.send("post", "/v1/towns", {}, { body });
  }
  addRig(town: string, body: TownBody<"post", "/rigs">) {
    return this.of(town).post("/rigs", {}, body);
  }
  addAgent(town: string, body: TownBody<"post", "/agents">) {
    return this.of(town).post("/agents", {}, body);
  }
  createBeads(town: string, beads: TownBody<"post", "/beads:batch">["beads"]) {
    return this.of(town).post("/beads:batch", {}, { beads });
  }

  async rigIds(town: string): Promise<string[]> {
    return (await this.of(town).get("/rigs", {})).items.map(({ id }) => id);
  }
  async agents(town: string): Promise<Agent[]> {
    return (await this.of(town).get("/agents", {})).items;
  }
  /** Oldest first. @param newest so many of the newest; null: all of them */
  async beads(town: string, newest: number | null = null): Promise<Bead[]> {
    return (await this.of(town).list("/beads", {}, {}, newest)).reverse();
  }
  /** Likewise. */
  async attempts(town: string, newest: number | null = null): Promise<Attempt[]> {
    return (await this.of(town).list("/attempts", {}, {}, newest)).reverse();
  }

  /** Of a town as it is now what is newest, oldest first: enough to see what moves. */
  async newest(town: string): Promise<{ beads: Bead[]; attempts: Attempt[]; agents: Agent[] }> {
    const [beads, attempts, agents] = await Promise.all([
      this.beads(town, PAGE),
      this.attempts(town, PAGE),
      this.agents(town),
    ]);
    return { beads, attempts, agents };
  }
}

const ANSWERS_WITHIN_MS = 10_000;

/** What runs on a host, and what lately ended there. */
export async function runsOf(host: { url: string; token: string }): Promise<HostRun[]> {
  const { status, body } = await askHost(`${host.url}/v1/runs`, host.token, AbortSignal.timeout(ANSWERS_WITHIN_MS));
  if (status !== 200) throw new Error(`the host said ${status}`);
  return hostRuns.parse(JSON.parse(body)).runs;
}

/** @throws if no host answers there, or it does not take the token */
export async function requireHost(host: { url: string; token: string }): Promise<void> {
  JSON.parse(await ask(`${host.url}/v1/health`, host.token));
}
