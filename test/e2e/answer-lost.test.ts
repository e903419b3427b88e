/**
 * Each `POST` that takes a key, whose workerd dies by SIGKILL before its answer is heard: also between what it did and its answer.
 * Sent eight times at once to what comes after, it was done once, and eight answers are the same, secrets too.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { routes } from "../fuzz/document.ts";
import { Stage } from "../fuzz/stage.ts";
import { HELD, hostSays, type Posted, setting, settings } from "./answer-lost-requests.ts";
import { temporary, until } from "./support.ts";

const AT_ONCE = 8;
/** Of kills in the middle, each somewhat later. */
const ROUNDS = 2;

const posts = routes.filter(({ method, takesKey }) => method === "POST" && takesKey).map(({ name }) => name);

async function aStage() {
  const breaches: string[] = [];
  const stage = new Stage(temporary(), (what) => breaches.push(what), hostSays);
  onTestFinished(() => stage.close());
  await stage.open();
  return { stage, breaches };
}

/** What a request brought: status and body, or nothing. */
const answerOf = async (stage: Stage, { path, body }: Posted, key: string): Promise<string | null> => {
  const type = typeof body === "string" ? "application/x-ndjson" : "application/json";
  const headers = { "idempotency-key": key, ...(body !== undefined && { "content-type": type }) };
  const sent = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const { status, text } = await stage.send({ method: "POST", path, headers, body: sent });
  return status === 0 ? null : `${status} ${text}`;
};

/** How often this was done: as the town's own record has it, or the registry's. */
async function done(stage: Stage, operation: string, town: string, { path }: Posted): Promise<number> {
  const count = async (list: string, is: (item: Record<string, string>) => boolean) =>
    (await stage.ask("GET", `${list}?limit=200`)).items.filter(is).length;
  if (ANSWER_TELLS.has(operation)) return 1;
  if (operation === "create-token") return count("/v1/tokens", ({ name }) => name === town);
  if (operation === "create-town") return count("/v1/towns", ({ name }) => name === `${town}-new`);
  const command = operation === HELD ? "cancel-bead" : operation;
  const audit = `${path.split("/").slice(0, 4).join("/")}/audit`;
  const times = await count(audit, (item) => item.command === command && item.requestId !== undefined);
  return times - (BEFORE[operation] ?? 0);
}

/** What done twice would have made another secret, or looked at another moment: another answer. */
const ANSWER_TELLS = new Set(["rotate-token", "create-session-token", "reconcile", "restore-town"]);

/** Commands of the same kind by which the scene was set. */
const BEFORE: Record<string, number> = { "create-beads": 1 };

test.runIf(process.platform === "linux")("it is done once, and each further answer is the first one", async () => {
  expect(Object.keys(settings).sort()).toEqual(posts.toSorted());
  const { stage, breaches } = await aStage();
  const answered = new Map<string, string>();
  const all = new Map<string, Posted>();
  for (const operation of posts) {
    all.set(operation, await setting(stage, operation, `${operation}-0`));
    const answer = await answerOf(stage, all.get(operation) as Posted, operation);
    expect([operation, answer?.slice(0, 2)]).toEqual([operation, "20"]);
    answered.set(operation, answer ?? "");
  }
  await stage.kill();
  await stage.start();
  for (const [operation, posted] of all) {
    const again = await Promise.all(Array.from({ length: AT_ONCE }, () => answerOf(stage, posted, operation)));
    expect([operation, new Set(again)]).toEqual([operation, new Set([answered.get(operation)])]);
    expect([operation, await done(stage, operation, `${operation}-0`, posted)]).toEqual([operation, 1]);
  }
  expect(breaches).toEqual([]);
});

test.runIf(process.platform === "linux")(
  "where workerd dies while it is at work on all of them, each is done once all the same",
  async () => {
    const { stage, breaches } = await aStage();
    for (let round = 1; round <= ROUNDS; round++) {
      const townOf = (operation: string) => `${operation.replace(/, /, "-")}-${round}`;
      const all = new Map<string, Posted>();
      for (const operation of [HELD, ...posts]) all.set(operation, await setting(stage, operation, townOf(operation)));
      const send = (operation: string) => answerOf(stage, all.get(operation) as Posted, townOf(operation));
      const held = send(HELD);
      const cancelled = `/v1/towns/${townOf(HELD)}/beads/lib-1`;
      await until(async () => (await stage.ask("GET", cancelled)).status === "cancelled", 20_000);
      stage.watchFiles();
      const others = posts.map(send);
      // The first rows are written: some are done and not answered, some are not begun.
      while (!stage.wasWritten()) await sleep(0);
      await sleep(3 * (round - 1));
      await stage.kill();
      const heard = await Promise.all([held, ...others]);
      expect(heard[0], "it was done, and dies before its answer").toBe(null);
      await stage.start();
      for (const [at, [operation, posted]] of [...all].entries()) {
        const again = await Promise.all(Array.from({ length: AT_ONCE }, () => send(operation)));
        expect([operation, new Set([...again, heard[at] ?? again[0]]).size]).toEqual([operation, 1]);
        expect([operation, again[0]?.slice(0, 2)]).toEqual([operation, "20"]);
        expect([operation, await done(stage, operation, townOf(operation), posted)]).toEqual([operation, 1]);
      }
    }
    expect(breaches).toEqual([]);
  },
);
