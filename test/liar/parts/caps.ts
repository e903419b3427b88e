/** A late adoption counts in the caps it passes; a host's `Retry-After` counts; a removed host's runs are heard no more. */
import { setTimeout as sleep } from "node:timers/promises";
import { frame, JoinedLiar } from "../joined.ts";
import { ACCEPTED, type Asked, say } from "../liar.ts";
import { beat, failed } from "../reports.ts";
import { type Stage, until } from "../stage.ts";
import type { Figures, Part } from "./part.ts";

const DEADLINE_MS = 1_500;
const RETRY_AFTER_S = 4;

export const capsPart: Part = {
  name: "caps",
  what: "late adoption under a cap, Retry-After, a host that is removed",
  async run(stage) {
    const figures = { ...(await lateAdoption(stage)), ...(await retryAfter(stage)), ...(await removal(stage)) };
    return { shapes: 3, figures };
  },
};

/** One may run; a second one begins when the first is given up; then the first one beats. */
async function lateAdoption(stage: Stage): Promise<Figures> {
  const town = "caps";
  await stage.town(town, { maxAgents: 1, startDeadlineMs: DEADLINE_MS, backoffBaseMs: 60_000, backoffCapMs: 60_000 });
  let isFirst = true;
  stage.liar.answers(town, (response) => {
    if (!isFirst) return say(response, 202, ACCEPTED);
    isFirst = false;
    setTimeout(() => response.destroy(), 4 * DEADLINE_MS);
  });
  await stage.work(
    town,
    ["a", "b", "c", "d"].map((id) => ({ id, how: "accept" })),
  );
  const starts = () => stage.liar.of(town);
  await until(() => starts().length === 2, 10_000);
  const [first, second] = starts() as [Asked, Asked];
  await stage.tell(second, beat, 1);
  const { status } = await stage.tell(first, beat, 1);
  await sleep(1_000);
  if (starts().length > 2) stage.breach("caps: a third run began under a cap of one");
  await stage.tell(second, failed, 2);
  await sleep(1_000);
  // Adopted, it is the one that may run; refused, another one may.
  const more = starts().length - 2;
  if (status === 200 && more > 0)
    stage.breach("caps: what was adopted late is not counted: another run began beside it");
  return { "a late heartbeat under a cap is": status === 200 ? "adopted, and counted" : "refused" };
}

async function retryAfter(stage: Stage): Promise<Figures> {
  const town = "retry-after";
  await stage.town(town, { backoffBaseMs: 1, backoffCapMs: 60_000 });
  const body = JSON.stringify({ accepted: false, bootId: "b", code: "busy", message: "later" });
  stage.liar.answers(town, (response) => say(response, 503, body, { "retry-after": String(RETRY_AFTER_S) }));
  await stage.work(town, [{ id: "asks", how: "busy" }]);
  await until(() => stage.liar.of(town).length >= 2, 3 * RETRY_AFTER_S * 1_000);
  const [first, second] = stage.liar.of(town).map(({ atMs }) => atMs);
  const waitedMs = Math.round((second ?? Number.POSITIVE_INFINITY) - (first ?? 0));
  if (waitedMs < RETRY_AFTER_S * 1_000 - 100)
    stage.breach(`caps: Retry-After: ${RETRY_AFTER_S} was waited for ${waitedMs} ms`);
  return { [`Retry-After: ${RETRY_AFTER_S} is waited for, ms`]: waitedMs };
}

async function removal(stage: Stage): Promise<Figures> {
  const town = "removed";
  await stage.town(town, { hosts: "external", backoffBaseMs: 1, leaseMs: 60_000 });
  const answer = (socket: WebSocket, { id }: { id: string }) => socket.send(frame(id, 202, ACCEPTED));
  const far = new JoinedLiar(stage, town, "far", answer);
  await far.join();
  await stage.work(town, [{ id: "ada", how: "accept" }]);
  await until(() => far.starts().length === 1, 10_000);
  const near = new JoinedLiar(stage, town, "near", answer);
  await near.join();
  const [run] = far.starts() as [Asked];
  await stage.tell(run, beat, 1);
  await stage.ask("DELETE", `/${town}/hosts/far`);
  const said = [await stage.tell(run, beat, 2), await stage.tell(run, { ...failed, failure: "lost" }, 3)];
  for (const { status } of said) if (status !== 409) stage.breach(`caps: a removed host's run was answered ${status}`);
  if (!(await until(() => !far.isOpen(), 5_000))) stage.breach("caps: a removed host's connection stays open");
  await sleep(1_000);
  if (near.starts().length > 0) stage.breach("caps: a removed host's bead went on elsewhere before its lease was over");
  near.leave();
  return { "a removed host's words are": said.map(({ status }) => status).join(", ") };
}
