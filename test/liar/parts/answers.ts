/** Each lie of a host that answers over HTTP, as the answer to a start: settled by the deadline, and nothing else disturbed. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type AnswerShape, answers, DEADLINE_MS, redirects } from "../answers.ts";
import { ACCEPTED, say } from "../liar.ts";
import { type Said, type Stage, until } from "../stage.ts";
import { inBatches, ONCE, type Part, sampled } from "./part.ts";

const TOWN = "answers";
const BATCH = 12;
/** What a busy machine may add to a deadline. */
const GRACE_MS = 20_000;

export const answersPart: Part = {
  name: "answers",
  what: "what a host may answer to a start, over HTTP",
  async run(stage, { sample }) {
    const trap = await openTrap();
    const shapes = sampled([...answers, ...redirects(trap.url, stage.liar.url)], sample);
    const of = new Map(shapes.map((shape) => [shape.name, shape]));
    await stage.town(TOWN, { ...ONCE, startDeadlineMs: DEADLINE_MS });
    stage.liar.answers(TOWN, (response, asked) => {
      stage.useful(TOWN, 1_000);
      const shape = of.get(asked.how);
      if (asked.kind === "start" && shape) shape.answer(response, asked);
      else say(response, 202, ACCEPTED);
    });
    for (const [at, batch] of inBatches(shapes, BATCH).entries()) await tryAll(stage, batch, `r${at}`);
    await stage.readable(TOWN);
    if (trap.hits() > 0)
      stage.breach(`${TOWN}: a redirect was followed ${trap.hits()} times, with the secrets of the order`);
    const asks = stage.liar.of(TOWN).length;
    if (asks > shapes.length) stage.breach(`${TOWN}: ${shapes.length} starts made ${asks} requests`);
    trap.close();
    return { shapes: shapes.length, figures: { requests: asks, "followed redirects": trap.hits() } };
  },
};

async function tryAll(stage: Stage, batch: readonly AnswerShape[], rig: string): Promise<void> {
  const agents = batch.map(({ name }, n) => ({ id: `${rig}-${n}`, how: name }));
  await stage.work(TOWN, agents, rig);
  const ofRig = (attempts: Said[]) => attempts.filter(({ agent }) => agent?.startsWith(`${rig}-`));
  let attempts: Said[] = [];
  const settled = await until(async () => {
    attempts = ofRig((await stage.ask("GET", `/${TOWN}/attempts?limit=${4 * BATCH}`)).items ?? []);
    return attempts.length >= batch.length && attempts.every(({ state }) => state !== "starting");
  }, DEADLINE_MS + GRACE_MS);
  for (const { name, taken } of batch) {
    const agent = agents.find(({ how }) => how === name)?.id;
    const state = attempts.find((attempt) => attempt.agent === agent)?.state;
    if (!settled && (state === undefined || state === "starting"))
      stage.breach(`answer ${name}: its attempt is ${state ?? "not begun"} after ${DEADLINE_MS + GRACE_MS} ms`);
    else if (taken === true && state !== "running") stage.breach(`answer ${name}: a yes was read as ${state}`);
    else if (taken === false && state === "running")
      stage.breach(`answer ${name}: no yes, and the run counts as running`);
  }
}

/** Another origin, which would accept anything. */
async function openTrap() {
  let hits = 0;
  const server = createServer((_, response) => {
    hits++;
    say(response, 202, ACCEPTED);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, hits: () => hits, close };
}
