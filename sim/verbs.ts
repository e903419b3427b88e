/** The requests that `attention` names, as the commands that the routes make of them: read by the same schemas. */
import { type CommandFact, commands } from "../src/commands/index.ts";
import { namesIn, type Operation } from "../src/lib/operation.ts";
import type { Verb } from "../src/queries/attention/item.ts";

/** They only have the town look at everything again, or a host at a rig, which is asked before anything is written. */
const LOOKS = /^\/reconcile$|^\/rigs\/[^/]+\/preflight$/;

/**
 * @returns null: it is only looked again
 * @throws Error for what no route takes
 */
export function factOf({ method, path, body }: Verb): CommandFact | null {
  const below = path.replace(/^\/v1\/towns\/[^/]+/, "");
  if (method === "POST" && LOOKS.test(below)) return null;
  for (const command of commands) {
    const { params = {}, query, body: schema, founds, path: shape }: Operation = command;
    const found = command.method === method && !founds ? patternOf(shape).exec(below) : null;
    if (!found) continue;
    const inPath = namesIn(shape).map((name, index) => [name, params[name]?.parse(found[index + 1])]);
    const carried = { ...(query?.parse({}) as object), ...(schema?.parse(body ?? {}) as object) };
    return { type: command.type, payload: { ...Object.fromEntries(inPath), ...carried } } as CommandFact;
  }
  throw new Error(`no route takes ${method} ${path}`);
}

const patternOf = (path: string): RegExp => new RegExp(`^${path.replaceAll(/\{\w+\}/g, "([^/]+)")}$`);
