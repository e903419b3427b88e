import { expect, test } from "vitest";
import { parts } from "../liar/parts/index.ts";
import { lie } from "../liar/run.ts";
import { table } from "../liar/table.ts";

/** Ten times what the whole of it wants, since other tests run beside it. */
const HEALTH_MS = 1_000;

test.runIf(process.platform === "linux")(
  "a host that lies stops no pass, fills no town and delays nobody: a sample of its lies",
  async () => {
    const said: string[] = [];
    const result = await lie({ parts, sample: true, tries: 1, healthMs: HEALTH_MS, say: (line) => said.push(line) });
    expect(result.breaches, table(result)).toEqual([]);
    expect(result.parts.map(({ name }) => name).toSorted()).toEqual(parts.map(({ name }) => name).toSorted());
    expect(result.watched.invariantPolls).toBeGreaterThan(10);
  },
  300_000,
);
