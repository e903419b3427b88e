import type { Env } from "./dos/env.ts";
import { app } from "./routes/app.ts";
import { watchTowns } from "./routes/watch.ts";

export { ContainerProxy } from "@cloudflare/containers";
export { AgentContainer } from "./dos/agent-container.ts";
export { TownDO } from "./dos/town.ts";
export { Watchtower } from "./dos/watchtower.ts";

export default {
  fetch: app.fetch,
  scheduled: watchTowns,
} satisfies ExportedHandler<Env>;
