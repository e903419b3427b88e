/** The requests that `attention` names, as the commands that the routes make of them: read by the same schemas. */
import { type CommandFact, commands } from "../src/commands/index.ts";
import { namesIn, type Operation } from "../src/lib/operation.ts";
import type { Verb } from "../src/queries/attention/item.ts";

/** It only has the town look at everything again. */
const LOOKS = "/reconcile";

/**
 * @returns null: the town only looks at everything again
 * @throws Error for what no route takes
 */
export function factOf({ method, path, body }: Verb): CommandFact | null {
  const below = path.replace(/^\/v1\/towns\/[^/]+/, "");
  if (method === "POST" && below === LOOKS) return null;
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
