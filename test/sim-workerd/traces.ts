/** The hashes of some worlds lived through in Node, given to the tests that live through them in workerd. */
import type { TestProject } from "vitest/node";
import { traceInNode } from "../../sim/run-in-node.ts";

/** Few seeds, of short worlds: what differs between engines differs soon. `TRACES=50 npm test -- test/sim-workerd` compares more. */
const SEEDS = Number(process.env.TRACES ?? 12);
const HOURS = 1;

export interface TraceOf {
  seed: number;
  hours: number;
  hash: string;
  entries: number;
  steps: number;
}

export default async function setup(project: TestProject): Promise<void> {
  const traces: TraceOf[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { trace, outcome } = await traceInNode({ seed, hours: HOURS });
    traces.push({ seed, hours: HOURS, hash: trace.hash, entries: trace.entries, steps: outcome.steps });
  }
  project.provide("traces", traces);
}

declare module "vitest" {
  export interface ProvidedContext {
    traces: TraceOf[];
  }
}
