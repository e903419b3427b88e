import type { AgentContainer } from "./agent-container.ts";
import type { TownDO } from "./town.ts";
import type { Watchtower } from "./watchtower.ts";

export interface Env {
  TOWN: DurableObjectNamespace<TownDO>;
  /** Present where agents run in Cloudflare Containers. */
  AGENT_CONTAINER?: DurableObjectNamespace<AgentContainer>;
  /** Looks after towns from outside. */
  WATCHTOWER?: DurableObjectNamespace<Watchtower>;
  /** `heal` (default), `detect`: notices and touches nothing, `off`. */
  WATCHTOWER_MODE?: string;
  /** Of one town, before somebody has to look: 3 if left out. */
  WATCHTOWER_RESTARTS_PER_HOUR?: string;
  /** A point per eventful tick, where Analytics Engine is bound. */
  TICKS?: AnalyticsEngineDataset;
  /** The bearer token that guards every route. */
  TOWNKEEPER_TOKEN: string;
  /** Signs run tokens. */
  RUN_TOKEN_KEY: string;
  /** Where the agent host listens. Empty: agents run in containers. */
  HOST_URL?: string;
  /** The only token that host obeys. */
  HOST_TOKEN: string;
  /** Where hosts reach this Worker, for their reports. */
  PUBLIC_URL: string;
}
