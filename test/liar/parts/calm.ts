import { failed } from "../reports.ts";
import { type Stage, until } from "../stage.ts";

const TOWN = "calm";
const AGENTS = 20;

/** A town with a well host and some ordinary work: what the others' memory is compared with. */
export async function calm(stage: Stage): Promise<void> {
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
}
