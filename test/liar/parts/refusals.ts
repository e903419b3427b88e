/** Refusals of megabytes, with everything as it is by default: no pass throws, nothing waits, lists can be read. */
import { ACCEPTED, say } from "../liar.ts";
import { type Stage, until } from "../stage.ts";
import type { Part } from "./part.ts";

const MB = 1_000_000;
const refusal = (size: number) => JSON.stringify({ accepted: false, bootId: "b", message: "m".repeat(size) });

export const refusalsPart: Part = {
  name: "refusals",
  what: "refusals of 0.9, 5 and 12 MB, tried again as they are by default",
  async run(stage) {
    await flood(stage, "refusals-big", [5 * MB, 5 * MB, 5 * MB, 5 * MB, 5 * MB, 12 * MB]);
    await flood(stage, "refusals-many", Array<number>(22).fill(0.9 * MB));
    return { shapes: 28, figures: {} };
  },
};

async function flood(stage: Stage, town: string, sizes: number[]): Promise<void> {
  await stage.town(town, { backoffBaseMs: 500, breakerAfter: 5 });
  stage.liar.answers(town, (response, { how }) => {
    stage.useful(town, 1_000);
    if (how === "accept") say(response, 202, ACCEPTED);
    else say(response, 409, refusal(Number(how)));
  });
  await stage.work(
    town,
    sizes.map((size, n) => ({ id: `big-${n}`, how: String(size) })),
  );
  const isOver = await until(() => stage.liar.of(town).length >= sizes.length + 5, 20_000);
  const { agents } = await stage.ask("GET", `/${town}`);
  if (!isOver && stage.liar.of(town).length < 5)
    stage.breach(`${town}: nothing is tried any more (${agents?.starting} starting)`);
  await stage.readable(town);
}
