import { app } from "./api/app.ts";
import { watchTowns } from "./api/watch.ts";
import type { Env } from "./dos/env.ts";

export { ContainerProxy } from "@cloudflare/containers";
export { AgentContainer } from "./dos/containers/agent-container.ts";
export { Courier } from "./dos/courier.ts";
export { Registry } from "./dos/registry/registry.ts";
export { TownDO } from "./dos/town.ts";
export { Watchtower } from "./dos/watchtower.ts";

export default {
  fetch: app.fetch,
  scheduled: watchTowns,
} satisfies ExportedHandler<Env>;
