import type { CourierObject, RegistryObject, TownObject, WatchtowerObject } from "./objects.ts";

export interface Env {
  TOWN: DurableObjectNamespace<TownObject>;
  /** Present where agents run in Cloudflare Containers. */
  AGENT_CONTAINER?: DurableObjectNamespace;
  /** Knows which towns there are, and the tokens of people and programs. */
  REGISTRY: DurableObjectNamespace<RegistryObject>;
  /** Tells webhooks. */
  COURIER: DurableObjectNamespace<CourierObject>;
  /** The network that webhooks leave by, which reaches public addresses alone. Left out: the usual one, as on Cloudflare, which reaches no other. */
  WEBHOOK_NETWORK?: Fetcher;
  /** `allow`: webhooks may lead to any address, also to this machine. */
  WEBHOOKS_PRIVATE?: string;
  /** Looks after towns from outside. */
  WATCHTOWER?: DurableObjectNamespace<WatchtowerObject>;
  /** `heal` (default), `detect`: notices and touches nothing, `off`. */
  WATCHTOWER_MODE?: string;
  /** Of one town, before a person has to look: 3 if left out. */
  WATCHTOWER_RESTARTS_PER_HOUR?: string;
  /** A point per eventful tick, where Analytics Engine is bound. */
  TICKS?: AnalyticsEngineDataset;
  /** The files of the page, as they were built. */
  ASSETS?: Fetcher;
  /** The bearer token that guards every route. */
  TOWNKEEPER_TOKEN: string;
  /** Where people sign in with Cloudflare Access: `https://YOUR-TEAM.cloudflareaccess.com`. Left out: nobody comes that way. */
  ACCESS_TEAM?: string;
  /** The audience tags of the applications that guard this Worker, separated by commas. */
  ACCESS_AUDIENCE?: string;
  /** What each of them may do, as JSON: `[{email | domain | group | service, preset, towns?}]`; the first that fits counts. */
  ACCESS_PEOPLE?: string;
  /** Signs the tokens of runs and of hosts that join. */
  RUN_TOKEN_KEY?: string;
  /** Several such keys, newest first, as `id:secret,id:secret`: the first signs, all are taken. */
  RUN_TOKEN_KEYS?: string;
  /** Where the agent host listens. Empty: agents run in containers. */
  HOST_URL?: string;
  /** The only token that host obeys. */
  HOST_TOKEN: string;
  /** So many calls to each host may be out at once: 6 if left out, which is the platform's bound for hosts with a URL. */
  HOST_CONNECTIONS?: string;
  /** Where hosts reach this Worker, for their reports; containers do so without it. */
  PUBLIC_URL: string;
  /** What calls the command `town` about this Worker, from the machine that it runs on, with `{}` for the words; and its state folder, as a shell takes it. */
  TOWN_COMMAND?: string;
  TOWN_STATE?: string;
  /** Who shares a container: `town` (default), `rig` or `agent`. */
  CONTAINER_PER?: string;
  /** A container in which nothing ran for so long is stopped: 300 if left out. */
  CONTAINER_IDLE_SECONDS?: string;
  /** Hosts that containers may reach, separated by commas; `*`: all. Left out: only those with rules. */
  EGRESS_ALLOW?: string;
  /** Headers put on outside of the container, as JSON: `[{host, headers, paths?, to?, schemes?, ports?}]`. */
  EGRESS_RULES?: string;
  /** `off`: what leaves a container over HTTPS is not read, so no header can be put on it. */
  EGRESS_HTTPS?: string;
}
