/** Every `GET` of a town that the contract has, in the ways in which it can be asked. */
import type { FullTown } from "./costs.ts";

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
}

/** Of the contract (`openapi.json`), what is read here. */
export interface Contract {
  paths: Record<string, { get?: { parameters: Parameter[] } }>;
}

export interface Get {
  /** Path and query, as the contract calls them: `/beads?status=failed`. */
  name: string;
  /** What is asked for. */
  path: string;
}

const OF_TOWN = "/v1/towns/{town}";

/** What does not end, and what a host is asked for: neither is a read of rows. */
const OTHERS = new Set(["/stream", "/attempts/{fence}/diff", "/beads/{bead}/diff"]);

/** What stands in paths. */
const idsOf = ({ fence }: FullTown): Record<string, string> => ({
  ...{ agent: "agent-0", bead: "lib-20", convoy: "c", fence: `${fence}`, host: "mac", rig: "lib", webhook: "chat" },
});

/**
 * What is asked for in queries, by the parameter's name: also what matches hardly anything, for which a walk goes furthest. A cursor
 * is had from an answer.
 */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  after: [],
  agent: ["agent-0", "nobody"],
  bead: ["lib-20"],
  convoy: ["c", "none"],
  cursor: [],
  follow: [],
  label: ["rare", "none"],
  limit: ["200"],
  rig: ["lib", "small"],
  since: ["1970-01-01T00:00:00Z", "2199-01-01T00:00:00Z"],
  status: ["open", "in_progress", "in_review", "closed", "parked", "cancelled", "open,parked"],
  text: ["needle", "no such words"],
};

/** @throws where the contract has a parameter for which nothing stands here */
export function getsOf({ paths }: Contract, town: FullTown): Get[] {
  const ids = idsOf(town);
  return Object.entries(paths).flatMap(([whole, { get }]) => {
    const path = whole.slice(OF_TOWN.length);
    if (!get || !whole.startsWith(OF_TOWN) || OTHERS.has(path)) return [];
    const asked = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => known(ids[name], whole, name));
    const words = get.parameters.filter((parameter) => parameter.in === "query");
    const needed = words
      .filter(({ required }) => required)
      .map(({ name }) => `${name}=${known(VALUES[name]?.[0], whole, name)}`);
    const ways = words.flatMap(({ name, required }) =>
      known(VALUES[name], whole, name)
        .slice(required ? 1 : 0)
        .map((value) => [
          ...needed.filter((one) => !one.startsWith(`${name}=`)),
          `${name}=${encodeURIComponent(value)}`,
        ]),
    );
    return [needed, ...ways].map((query) => {
      const text = query.length > 0 ? `?${query.join("&")}` : "";
      return { name: path + text, path: `/v1/towns/${town.town}${asked}${text}` };
    });
  });
}

function known<T>(value: T | undefined, path: string, name: string): T {
  if (value === undefined)
    throw new Error(`GET ${path} takes ${name}, and nothing in bench/counters/gets.ts says what`);
  return value;
}
