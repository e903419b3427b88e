import { nodeEngine } from "./node-engine.ts";
import { type Outcome, simulate } from "./simulate.ts";
import { Trace } from "./trace.ts";

/** A macrotask comes after every promise that can go on. */
const drain = () => new Promise<void>((resolve) => setImmediate(resolve));

export interface Wish {
  seed: number;
  hours?: number | undefined;
  only?: readonly string[] | undefined;
}

export const simulateInNode = (wish: Wish): Promise<Outcome> => simulate({ ...wish, engine: nodeEngine(), drain });

export async function traceInNode(wish: Wish): Promise<{ outcome: Outcome; trace: Trace }> {
  const trace = new Trace(nodeEngine());
  return { outcome: await simulate({ ...wish, engine: trace, drain }), trace };
}
