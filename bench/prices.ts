import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What a unit costs beyond what is included in a month: in dollars, per so many of it. */
export interface Price {
  included: number;
  dollars: number;
  per: number;
}

/** The one list there is: the table in docs/deploy.md. */
export function prices(): Record<"time" | "requests" | "rowsRead" | "rowsWritten" | "storage", Price> {
  const text = readFileSync(join(import.meta.dirname, "../docs/deploy.md"), "utf8");
  const of = (name: string): Price => {
    const row = new RegExp(`^\\| Durable Object ${name}[^|]*\\|([^|]+)\\| \\$([\\d.]+) per (\\S+)`, "m").exec(text);
    if (!row) throw new Error(`docs/deploy.md has no price of Durable Object ${name}`);
    const [, included = "", dollars, unit] = row;
    const number = Number(/[\d,.]+/.exec(included)?.[0].replaceAll(",", ""));
    return {
      included: number * (included.includes("million") ? 1e6 : 1),
      dollars: Number(dollars),
      per: unit === "million" ? 1e6 : 1,
    };
  };
  return {
    time: of("time"),
    requests: of("requests"),
    rowsRead: of("rows read"),
    rowsWritten: of("rows written"),
    storage: of("storage"),
  };
}
