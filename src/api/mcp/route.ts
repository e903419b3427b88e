/** `POST /mcp`: for models. Other methods have nothing to do where there are no sessions. */
import { type Context, Hono } from "hono";
import type { Env } from "../../dos/env.ts";
import { log } from "../../lib/log.ts";
import { clip, messageOf } from "../../lib/text.ts";
import { identityOf } from "../auth.ts";
import { requestIdOf } from "../http.ts";
import { refuseQuery } from "../problem.ts";
import { problemBehind } from "../trouble.ts";
import { call, meant } from "./call.ts";
import type { Speaker } from "./protocol.ts";
import { inputSchemaOf } from "./schemas.ts";
import { type Tool, toolNamed, tools } from "./tools.ts";

type C = Context<{ Bindings: Env }>;

const INSTRUCTIONS =
  "A town of coding agents. Queue work as beads (create_beads): each is done by an agent in a rig (a repository), passes the rig's check, and lands on its main branch. " +
  "explain_bead says why one does not move; list_attention what waits for a person. A refusal has a code, the cause and a remedy.";

/** As it was once loaded. The promise of that belongs to the request that asked for it. */
let spoken: typeof import("./protocol.ts") | null = null;

export const mcp = new Hono<{ Bindings: Env }>().post("/", async (c) => {
  refuseQuery(c);
  // As large as a quarter of all the rest: an object that wakes, and whoever does not ask for it, does not wait for it.
  spoken ??= await import("./protocol.ts");
  return spoken.speak(c.req.raw, speakerFor(c));
});

const speakerFor = (c: C): Speaker => ({
  instructions: INSTRUCTIONS,
  origins: originsOf(c.env),
  tools: () => listedFor(c),
  use(name, given) {
    const tool = toolNamed(name);
    return tool ? used(c, tool, given) : null;
  },
  unknown: (name) => `There is no tool ${clip(name, 60)}: there are ${tools.map((tool) => tool.name).join(", ")}.`,
  log: (error) => log("info", `a message of MCP was refused: ${messageOf(error)}`, { request: requestIdOf(c) }),
});

/** Those that the token may use. */
function listedFor(c: C): object[] {
  const { scopes, towns } = identityOf(c);
  const isTownKnown = towns !== "*" && towns.length === 1;
  return tools
    .filter(({ operation: { scope } }) => scope === null || scopes.includes(scope))
    .map((tool) => ({
      name: tool.name,
      description: tool.about,
      inputSchema: inputSchemaOf(tool, isTownKnown),
      annotations: tool.operation.method === "GET" ? { readOnlyHint: true } : { destructiveHint: false },
    }));
}

/** What is refused is an answer too: the model reads what is wrong, and mends it. */
async function used(c: C, tool: Tool, given: unknown): Promise<{ said: unknown; isError: boolean }> {
  let path = c.req.path;
  try {
    const { town, rest } = await meant(c, tool, given);
    path = `/v1/towns/${town}`;
    return { said: await call(c, tool, town, rest), isError: false };
  } catch (error) {
    const { code, detail: cause, hint: remedy, errors } = problemBehind(error, path, requestIdOf(c));
    return { said: { code, cause, remedy, errors }, isError: true };
  }
}

/** Where pages of the Worker's own are, beside those of the machine that it is tried on. */
const originsOf = ({ PUBLIC_URL: url }: Env): string[] => (url && URL.canParse(url) ? [new URL(url).hostname] : []);
