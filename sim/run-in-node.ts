import { nodeEngine } from "./node-engine.ts";
import { type Outcome, simulate } from "./simulate.ts";
import { Trace } from "./trace.ts";

/** A macrotask comes after every promise that can go on. */
const drain = () => new Promise<void>((resolve) => setImmediate(resolve));

export interface Wish {
  seed: number;
  hours?: number | undefined;
  only?: readonly string[] | undefined;
  restless?: boolean | undefined;
  joined?: boolean | undefined;
  troubled?: boolean | undefined;
}

export async function simulateInNode(wish: Wish): Promise<Outcome> {
  const engine = nodeEngine();
  try {
    return await simulate({ ...wish, engine, drain });
  } finally {
    engine.close();
  }
}

export async function traceInNode(wish: Wish): Promise<{ outcome: Outcome; trace: Trace }> {
  const trace = new Trace(nodeEngine());
  return { outcome: await simulate({ ...wish, engine: trace, drain }), trace };
}
