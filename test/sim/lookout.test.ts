import { expect, test } from "vitest";
import { Clockwork } from "../../sim/clockwork.ts";
import { NodeEngine } from "../../sim/node-engine.ts";
import { Lookout } from "../../src/dos/lookout.ts";
import type { Watched, WatchMode } from "../../src/reconciler/watch.ts";

const MINUTE = 60_000;
const never = new Promise<never>(() => {});

/** A lookout over one town that answers as told, driven every ten seconds for as long as wanted. */
function lookoutOver(answer: (clock: Clockwork) => Watched | null | Promise<Watched>, mode: WatchMode = "heal") {
  const clock = new Clockwork(1);
  const lines: string[] = [];
  const counts = { asked: 0, restarts: 0 };
  const lookout = new Lookout(new NodeEngine().sql as never, {
    mode,
    restartsPerHour: 3,
    clock: {
      now: () => clock.nowMs,
      after: (ms, then) => clock.after(ms, then),
    },
    ask: async () => {
      counts.asked++;
      return await answer(clock);
    },
    restart: () => {
      counts.restarts++;
      return never; // it dies of it
    },
    log: (line) => lines.push(line),
  });
  lookout.expect("demo", clock.nowMs);
  async function lives(ms: number): Promise<void> {
    const endMs = clock.nowMs + ms;
    for (let atMs = 0; atMs <= ms; atMs += 10_000) clock.after(atMs, () => void lookout.lookAround());
    while (clock.step(endMs)) await new Promise((resolve) => setImmediate(resolve));
  }
  return { lookout, lines, counts, lives };
}

const hung = (clock: Clockwork): Watched => ({ stale: true, inFlight: true, wakeAtMs: clock.nowMs - MINUTE });
const well = (clock: Clockwork): Watched => ({ stale: false, inFlight: false, wakeAtMs: clock.nowMs + MINUTE });

test("a town that hangs again after each restart is restarted three times an hour, and people are told once", async () => {
  const { lookout, lines, counts, lives } = lookoutOver(hung);
  await lives(50 * MINUTE);
  expect(counts.restarts).toBe(3);
  expect(lines.filter((line) => line.startsWith("ESCALATED"))).toHaveLength(1);
  expect(lookout.troubles()).toMatchObject([{ town: "demo", restarts: 3, escalated: true }]);
  await lives(60 * MINUTE);
  expect(counts.restarts).toBe(6);
});

test("where it may only detect, it restarts nothing", async () => {
  const { lookout, counts, lives } = lookoutOver(hung, "detect");
  await lives(10 * MINUTE);
  expect(counts.restarts).toBe(0);
  expect(lookout.troubles()).toMatchObject([{ town: "demo", trouble: "stale" }]);
});

test("a town that is well is asked once for each of its wakes", async () => {
  const { lookout, counts, lives } = lookoutOver(well);
  await lives(30 * MINUTE);
  expect(counts.asked).toBeLessThanOrEqual(31);
  expect(lookout.troubles()).toEqual([]);
});

test("a town that sleeps, or that there is none of, is forgotten", async () => {
  for (const answer of [null, { stale: false, inFlight: false, wakeAtMs: null }]) {
    const { lookout, counts, lives } = lookoutOver(() => answer);
    await lives(10 * MINUTE);
    expect([counts.asked, lookout.nextMs]).toEqual([1, null]);
  }
});

test("a town that does not answer is unknown, which is said once; then it is well again", async () => {
  let isDeaf = true;
  const { lookout, lines, lives } = lookoutOver((clock) => (isDeaf ? never : well(clock)));
  await lives(10 * MINUTE);
  expect(lines.filter((line) => line.startsWith("UNKNOWN"))).toHaveLength(1);
  expect(lookout.troubles()).toMatchObject([{ trouble: "no answer: nothing within 5 s" }]);
  isDeaf = false;
  await lives(2 * MINUTE);
  expect(lookout.troubles()).toEqual([]);
});

test("the earlier of two wakes counts: a look that comes early learns the rest", () => {
  const { lookout } = lookoutOver(well);
  const before = lookout.nextMs ?? 0;
  lookout.expect("demo", before + MINUTE);
  expect(lookout.nextMs).toBe(before);
});
