import { setTimeout as pause } from "node:timers/promises";
import { quantiles } from "../../town.ts";
import type { Session } from "../session.ts";
import type { Percentiles, Round } from "../types.ts";

const WARM_UP = 20;
const PAUSE_MS = 10;
/** What takes longer than this has waited for a look at the queue. */
const POLLED_MS = 200;
const ITEM_WITHIN_MS = 15_000;

/**
 * From just before the client's HTTP call until the host has the request to start, one item at a time, each through its whole
 * life before the next, and a random pause before each, as long as a poll: else they would fall into step with a peer
 * that polls. Where a peer polls that takes long, so there is an end by time as well, and `n` says how many it were.
 */
export async function latency(
  session: Session,
  { n, budgetMs }: { n: number; budgetMs: number },
): Promise<NonNullable<Round["latencyMs"]>> {
  const { peer, host } = session;
  const whole: number[] = [];
  const own: number[] = [];
  let lastMs = 0;
  const untilMs = performance.now() + budgetMs;
  for (let i = 0; i < n + WARM_UP && (performance.now() < untilMs || whole.length < 10); i++) {
    const [id = ""] = session.take(1);
    await pause(Math.random() * (lastMs > POLLED_MS ? lastMs : PAUSE_MS));
    const beganNs = process.hrtime.bigint();
    const { calledNs } = await peer.enqueue([id], "bead");
    if (!(await host.until(() => host.closed.has(id), ITEM_WITHIN_MS))) throw new Error(`${id} did not end`);
    lastMs = Number(process.hrtime.bigint() - beganNs) / 1e6;
    const startedNs = host.seen.get(id)?.startedNs ?? beganNs;
    if (i < Math.min(WARM_UP, n / 10)) continue;
    whole.push(Number(startedNs - beganNs) / 1e6);
    if (calledNs !== null) own.push(Number(startedNs - calledNs) / 1e6);
  }
  return { ...percentiles(whole), ownClient: own.length > 0 ? percentiles(own) : null };
}

function percentiles(values: number[]): Percentiles {
  const { p50, p99, n } = quantiles(values);
  return { p50, p99, n };
}
