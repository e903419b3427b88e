import type { Decision } from "./faults.ts";
import { simulateInNode, type Wish } from "./run-in-node.ts";
import type { Outcome } from "./simulate.ts";

const MOST_REPLAYS = 150;

/**
 * The least that must go wrong for a seed to fail: leaves out ever smaller parts of what struck, as long as it still
 * fails. Bounded, so what is left may not be the very least.
 */
export async function shrink(wish: Wish, outcome: Outcome): Promise<Decision[]> {
  let left = outcome.struck;
  let replays = 0;
  const fails = async (decisions: Decision[]): Promise<boolean> => {
    if (replays >= MOST_REPLAYS) return false;
    replays++;
    const { violations } = await simulateInNode({ ...wish, only: decisions.map(({ id }) => id) });
    return violations.length > 0;
  };
  for (let parts = 2; left.length > 0 && replays < MOST_REPLAYS; ) {
    const size = Math.ceil(left.length / parts);
    const without = await firstThatFails(left, size, fails);
    if (without) {
      left = without;
      parts = Math.max(2, parts - 1);
    } else if (size === 1) break;
    else parts = Math.min(left.length, parts * 2);
  }
  return left;
}

async function firstThatFails(
  decisions: Decision[],
  size: number,
  fails: (decisions: Decision[]) => Promise<boolean>,
): Promise<Decision[] | null> {
  for (let from = 0; from < decisions.length; from += size) {
    const rest = [...decisions.slice(0, from), ...decisions.slice(from + size)];
    if (await fails(rest)) return rest;
  }
  return null;
}
