/** The driver for agents that speak the Agent Client Protocol, against one that does as it is told. */
import { join } from "node:path";
import { expect, test } from "vitest";
import type { StartRequest } from "../../src/protocol/runs.ts";
import { unlimited } from "./program.ts";
import { linesOf, makeHost, makeRepository, makeTown, startOf, temporaryFolder, until } from "./support.ts";

type Spec = NonNullable<StartRequest["program"]>;

async function aRun(how: string, spec: Partial<Spec> = {}, change: Partial<StartRequest> = {}) {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  const program: Spec = {
    ...unlimited,
    ...{ preset: "exec", driver: "acp" },
    ...spec,
  };
  const command = [process.execPath, join(import.meta.dirname, "acp-agent.mjs"), how, journal];
  const start = (fence: number) =>
    host.start(
      startOf(town, repository.url, { command, program, env: { API_TOKEN: "s3cret-s3cret" }, ...change, fence }),
    );
  await start(1);
  return { repository, town, host, start, noted: () => linesOf(journal) };
}

test("an agent is prompted, given leave, and its work is pushed; what it says is told in steps", async () => {
  const { repository, town, noted } = await aRun("work");
  const last = await town.last(1);
  expect(last).toMatchObject({ kind: "finished", usage: { inputTokens: 40, outputTokens: 2, costUsd: null } });
  expect(repository.file("made.txt", "town/fix-it/1")).toBe("hi");
  expect(noted()).toEqual([JSON.stringify({ outcome: "selected", optionId: "yes" })]);
  const steps = town.of(1).flatMap((report) => (report.kind === "progress" && report.step ? [report.step] : []));
  const all = Object.assign({}, ...steps) as (typeof steps)[number];
  expect(all.plan).toEqual([{ text: "Write the file", status: "in_progress" }]);
  expect(all).toMatchObject({ tool: { title: "write", status: "completed" }, message: "All done." });
  expect("outputTail" in last && last.outputTail).toContain("All done.");
  expect(JSON.stringify(town.reports)).not.toContain("s3cret-s3cret");
});

test("leave is refused where the policy says so, and a turn that ended well without work has failed", async () => {
  const { town, noted } = await aRun("work", { permissions: "deny" });
  expect(await town.last(1)).toMatchObject({ kind: "failed", failure: "agent_failed", code: "no_commit" });
  expect(noted()).toEqual([JSON.stringify({ outcome: "selected", optionId: "no" })]);
});

test.each([
  ["nothing", { failure: "agent_failed", code: "no_commit" }],
  ["refuse", { failure: "agent_failed", code: "refusal" }],
  ["auth", { failure: "auth", code: "auth" }],
  ["exit", { failure: "agent_failed", code: "exit_code" }],
])("%s", async (how, failure) => {
  const { town } = await aRun(how);
  expect(await town.last(1)).toMatchObject({ kind: "failed", ...failure });
});

test("a model that it offers is chosen; of another one it is told what there is, and nothing is asked of it", async () => {
  const chosen = await aRun("choice", { model: "small" });
  expect(await chosen.town.last(1)).toMatchObject({ kind: "finished" });
  expect(chosen.noted()).toContain("chose small");
  const { town, noted } = await aRun("choice", { model: "huge" });
  const last = await town.last(1);
  expect(last).toMatchObject({ kind: "failed", failure: "refused", code: "unknown_model" });
  expect(last).toMatchObject({ message: expect.stringContaining("huge is none of what it offers, large, small") });
  expect(noted()).toEqual([]);
});

test("where it can load a session, a further try goes on with it, and what it says again of before counts for nothing", async () => {
  const { town, start, noted } = await aRun("remembers", { resume: true });
  expect(await town.last(1)).toMatchObject({ kind: "failed", code: "refusal" });
  await start(2);
  const last = await town.last(2);
  expect(last).toMatchObject({ kind: "finished", usage: { costUsd: 0.25 } });
  expect(noted()).toEqual(["s", "load s", "s"]);
  expect("outputTail" in last && last.outputTail).not.toContain("What I said before.");
});

test("a limit is told with its reset", async () => {
  const { town } = await aRun("limit");
  const last = await town.last(1);
  expect(last).toMatchObject({ kind: "failed", failure: "provider_limited" });
  expect("retryAfterMs" in last && last.retryAfterMs).toBeGreaterThan(80_000);
});

test("a stop cancels the prompt before it ends the processes, and nothing is said after it", async () => {
  const { town, host, noted } = await aRun("hang");
  await until(() => noted().includes("hangs"));
  expect((await host.stop("amy", 1)).status).toBe(200);
  expect(noted().at(-1)).toBe("cancelled");
  expect(town.of(1).filter(({ kind }) => kind === "finished" || kind === "failed")).toEqual([]);
});

test("an agent that runs too long is ended, though it never stops talking", async () => {
  const { town } = await aRun("hang", {}, { maxRunMs: 3_000 });
  expect(await town.last(1)).toMatchObject({ kind: "failed", code: "run_timeout" });
});
