/** What a run uses is told while it runs, and its budget holds from the next step on. */
import { expect, test } from "vitest";
import type { StartRequest } from "../../src/protocol/runs.ts";
import { unlimited } from "./program.ts";
import { agent, haveWitness, makeHost, makeRepository, makeTown, startOf, until } from "./support.ts";

const claude = { ...unlimited, preset: "claude" } as const;

/** Says what each call of its model has used, as `claude` does, and then goes on without end. */
const spends = (...tokens: number[]): string[] =>
  agent(
    `for (const [n, input_tokens] of ${JSON.stringify(tokens)}.entries())
       console.log(JSON.stringify({ type: "assistant", message: { id: "m" + n, content: [], usage: { input_tokens, output_tokens: 1 } } }));
     fs.writeFileSync("half.txt", "half"); setInterval(() => {}, 1000);`,
  );

async function running(command: string[], program: StartRequest["program"] = claude) {
  const [town, host, repository] = [await makeTown(), await makeHost(), makeRepository()];
  await host.start(startOf(town, repository.url, { command, program }));
  const usage = () =>
    until(() => town.reports.findLast((report) => report.kind === "heartbeat" && report.usage)) as Promise<{
      usage: object;
    }>;
  return { town, host, usage };
}

test("heartbeats tell what it has used so far, before it ends", async () => {
  const { town, host, usage } = await running(spends(100, 200));
  // A heartbeat may come between the two.
  const both = { inputTokens: 300, outputTokens: 2, cachedTokens: 0, costUsd: null };
  await expect.poll(async () => (await usage()).usage).toEqual(both);
  await host.stop("amy", 1);
  await haveWitness(town, host);
  expect(town.reports.some(({ kind }) => kind === "failed")).toBe(false);
});

test("a budget of tokens ends it after the step that went past it", async () => {
  const { town } = await running(spends(100, 2_000), { ...claude, maxTokens: 1_000 });
  expect(await town.last(1)).toMatchObject({
    kind: "failed",
    code: "over_budget",
    usage: { inputTokens: 2_100 },
  });
});

test("what is not told is in no heartbeat", async () => {
  const { town } = await running(agent("setInterval(() => {}, 1000);"));
  await until(() => town.reports.filter(({ kind }) => kind === "heartbeat").length > 3);
  expect(town.reports.some((report) => "usage" in report)).toBe(false);
});
