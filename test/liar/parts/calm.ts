import { setTimeout as sleep } from "node:timers/promises";
import { failed } from "../reports.ts";
import { type Stage, until } from "../stage.ts";

const TOWN = "calm";
const AGENTS = 20;

/** Requests at a time, and in a step of warming up. */
const [AT_ONCE, STEP] = [10, 1_000];
/** A server that is new grows with what it is asked, whatever that is, by some 70 kB a request, up to somewhere. */
const MOST_STEPS = 15;
const STEADY_MB = 12;
/** Then it is left alone for a moment, so that what is measured of a calm town is calm. */
const REST_MS = 3_000;

/**
 * A town with a well host and some ordinary work: what the others' memory is compared with.
 *
 * @param isWarm asks it so often that its memory has stopped growing by itself
 */
export async function calm(stage: Stage, isWarm: boolean): Promise<void> {
  await stage.town(TOWN, { backoffBaseMs: 600_000, backoffCapMs: 600_000 });
  await stage.work(
    TOWN,
    Array.from({ length: AGENTS }, (_, n) => ({ id: `calm-${n}`, how: "accept" })),
  );
  const begun = await until(() => stage.liar.of(TOWN).length === AGENTS, 30_000);
  if (!begun) stage.breach("calm: not even a well host was asked in time");
  for (const [n, run] of stage.liar.of(TOWN).entries()) {
    await stage.tell(run, { kind: "heartbeat", agentActiveAtMs: null }, 1);
    await stage.tell(run, { kind: "log", text: "l".repeat(4_000) }, 2);
    if (n % 2 === 0) await stage.tell(run, failed, 3);
  }
  await stage.readable(TOWN);
  stage.calm();
  for (let step = 0; isWarm && step < MOST_STEPS; step++) {
    const before = (await stage.watch.sofar()).rss.last;
    for (let asked = 0; asked < STEP; asked += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, () => stage.ask("GET", `/${TOWN}/health`)));
    if ((await stage.watch.sofar()).rss.last - before < STEADY_MB) break;
  }
  if (isWarm) {
    stage.calm();
    await sleep(REST_MS);
  }
  stage.calm();
}
