/** Each lie of a host that has joined: settled at once where it can be seen to be no answer, by the deadline where not. */
import { DEADLINE_MS } from "../answers.ts";
import { type FrameShape, frames } from "../frames.ts";
import { JoinedLiar } from "../joined.ts";
import { type Said, type Stage, until } from "../stage.ts";
import { inBatches, ONCE, type Part, sampled } from "./part.ts";

const TOWN = "frames";
const BATCH = 10;
const GRACE_MS = 20_000;

export const framesPart: Part = {
  name: "frames",
  what: "what a host that has joined may send",
  async run(stage, { sample }) {
    const shapes = sampled(frames, sample);
    const of = new Map(shapes.map((shape) => [shape.name, shape]));
    const settings = {
      ...ONCE,
      hosts: "external",
      startDeadlineMs: DEADLINE_MS,
      leaseMs: 600_000,
      firstLeaseMs: 600_000,
    };
    await stage.town(TOWN, settings);
    const liar = new JoinedLiar(stage, TOWN, "liar", (socket, request, asked) => {
      stage.useful(TOWN, 1_000);
      of.get(asked.how)?.frames(socket, request, asked);
    });
    await liar.join();
    const together = shapes.filter(({ alone }) => !alone);
    const batches = [
      ...inBatches(together, BATCH),
      ...inBatches(
        shapes.filter(({ alone }) => alone),
        1,
      ),
    ];
    let slow = 0;
    for (const [at, batch] of batches.entries()) slow += await tryAll(stage, batch, `r${at}`);
    await stage.readable(TOWN);
    liar.leave();
    return {
      shapes: shapes.length,
      figures: { "dialled again": liar.dialled, "odd answers that cost a deadline": slow },
    };
  },
};

/** Another lie of its batch has cost the connection. */
const isCutOff = (failure: Said | undefined): boolean =>
  failure?.kind === "unreachable" || failure?.code === "not_connected";

/** @returns how many odd answers were waited for although they had come */
async function tryAll(stage: Stage, batch: readonly FrameShape[], rig: string): Promise<number> {
  const agents = batch.map(({ name }, n) => ({ id: `${rig}-${n}`, how: name }));
  await stage.work(TOWN, agents, rig);
  let attempts: Said[] = [];
  const of = (shape: FrameShape) => {
    const agent = agents.find(({ how }) => how === shape.name)?.id;
    return attempts.find((attempt) => attempt.agent === agent);
  };
  await until(async () => {
    attempts = (await stage.ask("GET", `/${TOWN}/attempts?limit=${4 * BATCH}`)).items ?? [];
    return batch.every((shape) => (of(shape)?.state ?? "starting") !== "starting");
  }, DEADLINE_MS + GRACE_MS);
  let slow = 0;
  for (const shape of batch) {
    const { name, taken, quick } = shape;
    const { state, failure } = of(shape) ?? { state: "not begun" };
    if (state === "starting" || state === "not begun")
      stage.breach(`frame ${name}: its attempt is ${state} after ${DEADLINE_MS + GRACE_MS} ms`);
    else if (taken === true && state !== "running" && !isCutOff(failure))
      stage.breach(`frame ${name}: a yes was read as ${state}, ${failure?.kind} ${failure?.code}`);
    else if (taken === false && state === "running")
      stage.breach(`frame ${name}: no yes, and the run counts as running`);
    if (quick && failure?.kind === "timed_out") {
      slow++;
      stage.breach(`frame ${name}: an answer that came cost its whole deadline`);
    }
  }
  return slow;
}
