/**
 * Ends its process where that has worked for long without taking a step. Its own processor time is what counts, so a busy
 * machine makes nobody look stuck.
 */
import { workerData } from "node:worker_threads";

const { steps, stuckMs } = workerData as { steps: Int32Array; stuckMs: number };
const LOOK_EVERY_MS = 500;

const workedMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

let seen = -1;
let sinceMs = 0;
setInterval(() => {
  const now = Atomics.load(steps, 0);
  if (now !== seen) {
    seen = now;
    sinceMs = workedMs();
  } else if (workedMs() - sinceMs > stuckMs) process.kill(process.pid, "SIGKILL");
}, LOOK_EVERY_MS);
