/** Each thing that may be said of a run: taken, or refused with a reason, and nothing else disturbed. */
import type { Asked } from "../liar.ts";
import { reports } from "../reports.ts";
import { type Stage, until } from "../stage.ts";
import { inBatches, ONCE, type Part, sampled } from "./part.ts";

const TOWN = "reports";
const BATCH = 20;
const PATIENCE_MS = 30_000;

export const reportsPart: Part = {
  name: "reports",
  what: "what may be said of a run, with its token and with others",
  async run(stage, { sample }) {
    const shapes = sampled(reports, sample);
    await stage.town(TOWN, { ...ONCE, firstLeaseMs: 600_000, leaseMs: 600_000 });
    for (const [at, batch] of inBatches(shapes, BATCH).entries()) {
      const rig = `r${at}`;
      await stage.work(
        TOWN,
        batch.map((_, n) => ({ id: `${rig}-${n}`, how: "accept" })),
        rig,
      );
      const runs = () => stage.liar.of(TOWN).filter(({ agent }) => agent?.startsWith(`${rig}-`));
      if (!(await until(() => runs().length >= batch.length, PATIENCE_MS)))
        stage.breach(`${TOWN}: ${rig} was not started`);
      for (const [n, shape] of batch.entries()) {
        const run = runs()[n];
        if (run) await said(stage, run, shape);
      }
    }
    await stage.readable(TOWN);
    return { shapes: shapes.length, figures: { runs: stage.liar.of(TOWN).length } };
  },
};

async function said(stage: Stage, run: Asked, { name, expect, send }: (typeof reports)[number]): Promise<void> {
  const { body, headers } = send(run);
  const { status } = await stage.report(run, body, headers);
  if (!expect.includes(status)) stage.breach(`report ${name}: ${status}, where ${expect.join(" or ")} would do`);
}
