import { nodeEngine } from "./node-engine.ts";
import { type Outcome, simulate } from "./simulate.ts";
import { Trace } from "./trace.ts";

/** Node's own turn comes round so often: for its signals, for messages between processes, for what nobody has caught. */
const STEPS_A_TURN = 64;
let steps = 0;

/** What Node does next after a promise comes after every promise that can go on, and costs less than a turn of its loop. */
const drain = () =>
  new Promise<void>((resolve) => {
    if (steps++ % STEPS_A_TURN === 0) setImmediate(resolve);
    else queueMicrotask(() => process.nextTick(resolve));
  });

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
