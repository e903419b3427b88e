/** Heartbeats for ever keep nothing alive past its limit: a run is stopped by the town, and a landing frees its rig. */
import { ACCEPTED, type Asked, say } from "../liar.ts";
import { beat, finished } from "../reports.ts";
import { type Stage, until } from "../stage.ts";
import type { Figures, Part } from "./part.ts";

const LIMIT_MS = 1_000;
const MARGIN_MS = 1_000;
const PATIENCE_MS = 20_000;
const BEAT_EVERY_MS = 250;

export const beatsPart: Part = {
  name: "beats",
  what: "runs and landings that beat for ever",
  async run(stage) {
    const figures = { ...(await aRun(stage)), ...(await aLanding(stage)) };
    return { shapes: 2, figures };
  },
};

/** Beats until it is told that it counts no more. @returns how long that took */
async function beatOn(stage: Stage, run: Asked): Promise<number> {
  const startedMs = performance.now();
  let seq = 1_000;
  await until(async () => {
    const { status } = await stage.tell(run, beat, ++seq);
    await new Promise((resolve) => setTimeout(resolve, BEAT_EVERY_MS));
    return status === 409;
  }, PATIENCE_MS);
  return Math.round(performance.now() - startedMs);
}

async function aRun(stage: Stage): Promise<Figures> {
  const town = "beats";
  await stage.town(town, { limitMarginMs: MARGIN_MS, agentFailureBudget: 1 });
  stage.liar.answers(town, (response) => say(response, 202, ACCEPTED));
  await stage.work(town, [{ id: "beats", how: "accept", more: { maxRunMs: LIMIT_MS } }]);
  await until(() => stage.liar.of(town).length === 1, 10_000);
  const ms = await beatOn(stage, stage.liar.of(town)[0] as Asked);
  if (ms >= PATIENCE_MS) stage.breach(`beats: a run of ${LIMIT_MS} ms beats on after ${ms} ms`);
  if (!(await until(() => stage.liar.of(town, "stop").length > 0, 5_000)))
    stage.breach("beats: the host was not told to stop");
  const { items = [] } = await stage.ask("GET", `/${town}/attention`);
  if (items.length === 0) stage.breach("beats: nobody is told of a run that would not end");
  return { "a run that beats is stopped after, ms": ms };
}

async function aLanding(stage: Stage): Promise<Figures> {
  const town = "landing-beats";
  await stage.town(town, { limitMarginMs: MARGIN_MS, backoffBaseMs: 600_000, backoffCapMs: 600_000 });
  await stage.ask("POST", `/${town}/rigs`, {
    id: "gated",
    repoUrl: "/nowhere.git",
    gate: ["accept"],
    maxGateMs: LIMIT_MS,
  });
  stage.liar.answers(town, (response) => say(response, 202, ACCEPTED));
  await stage.work(
    town,
    ["one", "two"].map((id) => ({ id, how: "accept" })),
    "gated",
  );
  await until(() => stage.liar.of(town).length === 2, 10_000);
  for (const run of stage.liar.of(town)) await stage.tell(run, finished, 1);
  const landings = () => stage.liar.of(town, "landing");
  await until(() => landings().length > 0, 10_000);
  const ms = await beatOn(stage, landings()[0] as Asked);
  if (ms >= PATIENCE_MS) stage.breach(`beats: a landing whose gate may take ${LIMIT_MS} ms beats on after ${ms} ms`);
  const isFree = await until(() => new Set(landings().map(({ bead }) => bead)).size === 2, 10_000);
  if (!isFree) stage.breach("beats: a landing that beats for ever keeps its rig from landing anything");
  return { "a landing that beats frees its rig after, ms": ms };
}
