import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import type { ToWatch, Watched } from "./watch.ts";

const { url, token } = workerData as { url: string; token: string };
const EVERY_MS = 50;
/** Invariants are looked at once in so many rounds: they cost more. */
const INVARIANTS_EVERY = 5;

let pids: number[] = [];
const towns: string[] = [];
const latencies: number[] = [];
const breaches = new Set<string>();
let [polls, calmMb, peakMb, lastMb, calmP99] = [0, 0, 0, 0, 0];
let [partMb, partPeakMb] = [0, 0];

parentPort?.on("message", (message: ToWatch) => {
  if ("add" in message) towns.push(message.add);
  if ("calm" in message) {
    pids = message.calm;
    weigh();
    [calmMb, peakMb] = [lastMb, lastMb];
    calmP99 = sofar().health.p99;
    latencies.length = 0;
  }
  if ("begins" in message) [partMb, partPeakMb] = [lastMb, lastMb];
  if ("ask" in message) parentPort?.postMessage({ ask: message.ask, watched: sofar() });
});

function sofar(): Watched {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return {
    health: { n: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1), calmP99 },
    invariantPolls: polls,
    rss: { calm: calmMb, peak: peakMb, last: lastMb, rise: partPeakMb - partMb },
    breaches: [...breaches],
  };
}

function weigh(): void {
  let kb = 0;
  for (const pid of pids) {
    try {
      kb += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    } catch {
      breaches.add(`workerd (${pid}) is gone`);
    }
  }
  lastMb = Math.round(kb / 1_024);
  peakMb = Math.max(peakMb, lastMb);
  partPeakMb = Math.max(partPeakMb, lastMb);
}

// biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the server said
async function get(path: string): Promise<any> {
  const response = await fetch(`${url}/v1/towns/${path}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  if (response.status >= 500) breaches.add(`${path}: ${response.status} ${text.slice(0, 200)}`);
  return JSON.parse(text);
}

async function look(town: string, round: number): Promise<void> {
  const startedMs = performance.now();
  const health = await get(`${town}/health`);
  latencies.push(performance.now() - startedMs);
  if (health.errorStreak > 0) breaches.add(`${town}: a pass threw: ${String(health.lastError).slice(0, 200)}`);
  if (round % INVARIANTS_EVERY !== 0) return;
  const { violations } = await get(`${town}/invariants`);
  polls++;
  for (const { invariant, detail } of violations ?? []) breaches.add(`${town}: ${invariant}: ${detail}`);
}

// Apart from the questions: while one waits for its answer, memory may come and go.
setInterval(weigh, EVERY_MS);
for (let round = 0; ; round++) {
  // The newest towns are those at work; the older ones are looked at in turn.
  const turn = [...new Set([...towns.slice(-2), towns[round % Math.max(1, towns.length)]])].filter(
    (town) => town !== undefined,
  );
  for (const town of turn) await look(town, round).catch((error) => breaches.add(`${town}: ${error}`));
  await sleep(EVERY_MS);
}
