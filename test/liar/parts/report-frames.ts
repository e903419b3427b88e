/** The same that may be said of a run over HTTP, said through the socket of the host that has it: judged the same, and nothing else disturbed. */
import { frame, JoinedLiar } from "../joined.ts";
import { ACCEPTED, type Asked } from "../liar.ts";
import { type ReportShape, reports } from "../reports.ts";
import { type Stage, until } from "../stage.ts";
import { inBatches, ONCE, type Part, sampled } from "./part.ts";

const TOWN = "report-frames";
const BATCH = 20;
const PATIENCE_MS = 30_000;
/** What is longer is no frame of ours: it ends the connection. */
const MOST_CHARS = 900_000;

export const reportFramesPart: Part = {
  name: "report-frames",
  what: "what may be said of a run through the socket of its host",
  async run(stage, { sample }) {
    const shapes = sampled(reports.filter(isOfBoth), sample);
    const settings = { ...ONCE, hosts: "external", firstLeaseMs: 600_000, leaseMs: 600_000 };
    await stage.town(TOWN, settings);
    const liar = new JoinedLiar(stage, TOWN, "liar", (socket, { id }) => socket.send(frame(id, 202, ACCEPTED)));
    await liar.join();
    for (const [at, batch] of inBatches(shapes, BATCH).entries()) {
      const rig = `r${at}`;
      await stage.work(
        TOWN,
        batch.map((_, n) => ({ id: `${rig}-${n}`, how: "accept" })),
        rig,
      );
      const runs = () => liar.starts().filter(({ agent }) => agent?.startsWith(`${rig}-`));
      if (!(await until(() => runs().length >= batch.length, PATIENCE_MS)))
        stage.breach(`${TOWN}: ${rig} was not started`);
      for (const [n, shape] of batch.entries()) {
        const run = runs()[n];
        if (run) await said(stage, liar, run, shape);
      }
    }
    await stage.readable(TOWN);
    liar.leave();
    return { shapes: shapes.length, figures: { runs: liar.starts().length, "dialled again": liar.dialled } };
  },
};

/** Other headers than the token's have no place in a frame, and neither has a body that is no text. */
function isOfBoth({ send }: ReportShape): boolean {
  const { body, headers = {} } = send({ agent: "a", bead: "b", fence: 1 } as Asked);
  return typeof body === "string" && Object.keys(headers).every((name) => name === "authorization");
}

async function said(stage: Stage, liar: JoinedLiar, run: Asked, { name, expect, send }: ReportShape): Promise<void> {
  const { body, headers } = send(run);
  const text = body as string;
  const token = headers ? (headers.authorization ?? "").replace("Bearer ", "") : (run.reporting?.token ?? "");
  stage.useful(TOWN, text.length);
  const status = await liar.report(token, text);
  const fits = JSON.stringify(text).length < MOST_CHARS;
  if (!(fits ? expect : [...expect, 0]).includes(status))
    stage.breach(`report through the socket ${name}: ${status}, where ${expect.join(" or ")} would do`);
  await until(() => liar.isOpen(), PATIENCE_MS);
}
