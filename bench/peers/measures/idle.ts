import { setTimeout as pause } from "node:timers/promises";
import { cpuSeconds } from "../processes.ts";
import type { Peer } from "../types.ts";
import { difference } from "./throughput.ts";

/** What it asks of its storage and takes of the processor while there is nothing to do, as of an hour. */
export async function idleHour({ peer }: { peer: Peer }, seconds: number) {
  const pids = peer.pids();
  const [before, cpuBefore] = [await peer.counters(), cpuSeconds(pids)];
  const beganMs = performance.now();
  await pause(seconds * 1_000);
  const [after, cpuAfter] = [await peer.counters(), cpuSeconds(pids)];
  const hours = (performance.now() - beganMs) / 3_600_000;
  return {
    seconds,
    storage: before && after && difference(before, after, hours),
    cpuSeconds: cpuBefore && cpuAfter && difference(cpuBefore, cpuAfter, hours),
  };
}
