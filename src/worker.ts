import { app } from "./routes/app.ts";

export { AgentContainer } from "./dos/agent-container.ts";
export { TownDO } from "./dos/town.ts";

export default app;
