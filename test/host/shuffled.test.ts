/** Starts come late, twice and in the wrong order; whatever the order, the newest fence is what lives, alone. */
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  agent,
  isAlive,
  linesOf,
  makeHost,
  makeRepository,
  makeTown,
  startOf,
  temporaryFolder,
  until,
} from "./support.ts";

/** An agent that holds a lock while it lives, takes its time to leave, and says so if another held the lock already. */
function exclusive(folder: string): string[] {
  const [lock, journal] = [JSON.stringify(join(folder, "lock")), JSON.stringify(join(folder, "journal"))];
  return agent(`
    const note = (what) => fs.appendFileSync(${journal}, what + " " + process.pid + " " + process.env.TOWN_FENCE + "\\n");
    let holds = false;
    process.on("SIGTERM", () => setTimeout(() => {
      if (holds) { note("end"); fs.rmSync(${lock}); }
      process.exit(143);
    }, 1500));
    try { fs.closeSync(fs.openSync(${lock}, "wx")); holds = true; note("begin"); } catch { note("second"); }
    setInterval(() => {}, 1000);`);
}

function shuffled(count: number, seed: number): number[] {
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state;
  };
  return Array.from({ length: count }, (_, index) => ({ fence: index + 1, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ fence }) => fence);
}

test.each([
  ["with the same work, which may be adopted", (_: number) => "Fix it.", 1],
  ["each with other work, so that each must replace the one before", (fence: number) => `Fix it, ${fence}.`, 2],
])("a hundred starts of different fences at once, %s, leave one process", async (_, promptOf, seed) => {
  const [repository, town, host, folder] = [makeRepository(), await makeTown(), await makeHost(), temporaryFolder()];
  const requestOf = (fence: number) =>
    startOf(town, repository.url, { fence, prompt: promptOf(fence), command: exclusive(folder) });
  // One runs already, so that there is a process to be adopted or ended.
  await host.start(requestOf(1));
  await until(() => linesOf(join(folder, "journal")).length === 1);
  const fences = shuffled(100, seed);
  const answers = await Promise.all(fences.map((fence) => host.start(requestOf(fence))));
  expect(answers[fences.indexOf(100)]?.status).toBe(202);
  for (const { status, body } of answers) {
    if (status === 409) expect(body.code).toBe("fenced");
    else expect([200, 202]).toContain(status);
  }
  await until(async () => {
    const living = (await host.runs()).filter((run) => run.state !== "ended");
    return living.length === 1 && living[0]?.fence === 100 && living[0].state === "running";
  });
  const lines = () => linesOf(join(folder, "journal")).map((line) => line.split(" "));
  await until(() => lines().some(([what]) => what === "second") || lines().at(-1)?.[0] === "begin");
  expect(lines().filter(([what]) => what === "second")).toEqual([]);
  const begun = lines().filter(([what]) => what === "begin");
  const living = begun.filter(([, pid]) => isAlive(Number(pid)));
  expect(living).toHaveLength(1);
  const [run] = (await host.runs()).filter((each) => each.state === "running");
  expect(run).toMatchObject({ fence: 100, pid: Number(living[0]?.[1]) });
  await until(() => town.of(100).length > 2);
  expect(town.reports.every((report) => report.kind === "heartbeat")).toBe(true);

  await host.drain();
  const next = await makeHost({ state: host.state });
  const after = await Promise.all([99, 50, 1].map((fence) => next.start(requestOf(fence))));
  expect(after.map(({ status, body }) => [status, body.code])).toEqual([
    [409, "fenced"],
    [409, "fenced"],
    [409, "fenced"],
  ]);
  expect((await next.start(requestOf(100))).status).toBe(200);
  expect((await next.runs()).filter((each) => each.state !== "ended")).toEqual([]);
});
