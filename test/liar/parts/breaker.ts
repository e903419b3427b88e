/** The breaker keeps nobody who is well from working: late starts that live, and another rig's landings, are no news of the host. */
import { setTimeout as sleep } from "node:timers/promises";
import { ACCEPTED, type Asked, say } from "../liar.ts";
import { beat, finished } from "../reports.ts";
import { type Stage, until } from "../stage.ts";
import type { Figures, Part } from "./part.ts";

const DEADLINE_MS = 1_000;
const AGENTS = 10;
const MERGES = 6;
const SOON_MS = 5_000;

export const breakerPart: Part = {
  name: "breaker",
  what: "starts that are late and live, landings of one rig that fail",
  async run(stage) {
    return { shapes: 2, figures: { ...(await lateStarts(stage)), ...(await failingMerges(stage)) } };
  },
};

/** Each start is answered past its deadline, and its run beats from then on. */
async function lateStarts(stage: Stage): Promise<Figures> {
  const town = "late-starts";
  await stage.town(town, {
    startDeadlineMs: DEADLINE_MS,
    backoffBaseMs: 600_000,
    backoffCapMs: 600_000,
    startsPerMinute: 1_000,
  });
  let seq = 0;
  const live: Asked[] = [];
  let isLate = true;
  stage.liar.answers(town, (response, asked) => {
    setTimeout(() => say(response, 202, ACCEPTED), isLate ? 2 * DEADLINE_MS : 0);
    if (asked.kind !== "start") return;
    // Heard of when the town has just given it up.
    setTimeout(() => {
      live.push(asked);
      void stage.tell(asked, beat, ++seq);
    }, 1.5 * DEADLINE_MS);
  });
  await stage.work(
    town,
    Array.from({ length: AGENTS }, (_, n) => ({ id: `late-${n}`, how: "late" })),
  );
  await until(() => live.length === AGENTS, 30_000);
  for (const run of live) await stage.tell(run, beat, ++seq);
  isLate = false;
  const { breaker } = await stage.ask("GET", `/${town}`);
  if (breaker?.open) stage.breach(`breaker: it is open although all ${AGENTS} late starts live`);
  const ms = await soon(stage, town, "well");
  return { "start after late ones that live, ms": ms };
}

async function soon(stage: Stage, town: string, rig: string): Promise<number> {
  const askedMs = performance.now();
  await stage.work(town, [{ id: `${rig}-agent`, how: "accept" }], rig);
  const start = () => stage.liar.of(town).find(({ agent }) => agent === `${rig}-agent`);
  await until(start, 2 * SOON_MS);
  const ms = Math.round((start()?.atMs ?? Number.POSITIVE_INFINITY) - askedMs);
  if (ms > SOON_MS) stage.breach(`breaker: in ${town} a well start took ${ms} ms`);
  return ms;
}

/** Landings of one rig are answered with 500; another rig has work. */
async function failingMerges(stage: Stage): Promise<Figures> {
  const town = "failing-merges";
  await stage.town(town, { breakerAfter: 2, backoffBaseMs: 100, backoffCapMs: 200, startsPerMinute: 1_000 });
  stage.liar.answers(town, (response, { kind }) => {
    if (kind === "landing") say(response, 500, "");
    else say(response, 202, ACCEPTED);
  });
  await stage.work(
    town,
    Array.from({ length: MERGES }, (_, n) => ({ id: `merges-${n}`, how: "accept" })),
  );
  await until(() => stage.liar.of(town).length === MERGES, 30_000);
  for (const run of stage.liar.of(town)) await stage.tell(run, finished, 1);
  await until(() => stage.liar.of(town, "landing").length >= 2, 10_000);
  await sleep(1_000);
  return {
    "landings that failed": stage.liar.of(town, "landing").length,
    "start in another rig, ms": await soon(stage, town, "other"),
  };
}
