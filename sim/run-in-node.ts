import { nodeEngine } from "./node-engine.ts";
import { type Outcome, simulate } from "./simulate.ts";

/** A macrotask comes after every promise that can go on. */
const drain = () => new Promise<void>((resolve) => setImmediate(resolve));

export interface Wish {
  seed: number;
  hours?: number | undefined;
  only?: readonly string[] | undefined;
}

export const simulateInNode = (wish: Wish): Promise<Outcome> => simulate({ ...wish, engine: nodeEngine(), drain });
