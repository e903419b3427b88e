import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import type { StartRequest } from "../../src/protocol/runs.ts";
import {
  agent,
  isAlive,
  linesOf,
  makeHost,
  makeRepository,
  makeTown,
  mergeOf,
  sleeper,
  spawnHost,
  startOf,
  temporaryFolder,
  until,
} from "./support.ts";

test("a host that can't reach the town ends its own run before its lease is over, and pushes nothing", async () => {
  const town = await makeTown();
  const [repository, host] = [makeRepository(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  const request = startOf(town, repository.url, { command: sleeper(journal) });
  await host.start({ ...request, reporting: { ...request.reporting, leaseMs: 700 } });
  await until(() => linesOf(journal).length === 1);
  await sleep(900);
  expect(linesOf(journal)).toHaveLength(1);
  town.judge = () => 503;
  const cutOffMs = performance.now();
  await until(() => linesOf(journal).length === 2);
  expect(performance.now() - cutOffMs).toBeLessThan(7_000); // ten leases: the machine may be busy, the lease is not minutes
  await until(() => !isAlive(Number(linesOf(journal)[0]?.split(" ")[1])));
  expect(repository.branches()).toEqual(["main"]);
  town.judge = () => "ok";
  expect(await town.last(1)).toMatchObject({ kind: "failed", failure: "lost", code: "lease_expired" });
});

test("the same start again, told otherwise, makes no lease shorter or longer: a run keeps what it was told first", async () => {
  const town = await makeTown();
  const [repository, host] = [makeRepository(), await makeHost()];
  const told = async (agentId: string, fence: number, first: number, then: number) => {
    const journal = join(temporaryFolder(), "journal");
    const bead = `bead-${fence}`;
    const request = startOf(town, repository.url, { agent: agentId, bead, fence, command: sleeper(journal) });
    const saying = (leaseMs: number) => ({ ...request, reporting: { ...request.reporting, leaseMs } });
    expect((await host.start(saying(first))).status).toBe(202);
    expect((await host.start(saying(then))).status).toBe(200);
    await until(() => linesOf(journal).length > 0);
    return journal;
  };
  const long = await told("amy", 1, 600_000, 700);
  const short = await told("bob", 2, 2_000, 600_000);
  town.judge = () => 503;
  await until(() => linesOf(short).length === 2); // it was ended
  await sleep(1_500);
  expect(linesOf(long)).toHaveLength(1);
  town.judge = () => "ok";
});

test("a town that takes requests but never answers is out of reach as well", async () => {
  const town = await makeTown();
  const [repository, host] = [makeRepository(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  const request = startOf(town, repository.url, { command: sleeper(journal) });
  await host.start({ ...request, reporting: { ...request.reporting, leaseMs: 3_000 } });
  await until(() => linesOf(journal).length === 1);
  town.judge = () => "silence";
  await until(() => linesOf(journal).length === 2);
  expect(repository.branches()).toEqual(["main"]);
  town.judge = () => "ok";
});

test("no agent begins before the town has said that its fence holds: the order may be older than it knows", async () => {
  const town = await makeTown(() => 503);
  const [repository, host] = [makeRepository(), await makeHost()];
  const journals = [1, 2].map(() => join(temporaryFolder(), "journal"));
  const [late, never] = journals.map((journal, n) =>
    startOf(town, repository.url, { fence: n + 1, agent: `a${n}`, bead: `b${n}`, command: sleeper(journal) }),
  ) as [StartRequest, StartRequest];
  await host.start(late);
  await host.start({ ...never, reporting: { ...never.reporting, leaseMs: 2_000 } });
  await until(async () => (await host.runs()).find(({ fence }) => fence === 2)?.state === "ended");
  town.judge = () => "pending";
  const asked = town.of(1).length;
  await until(() => town.of(1).length > asked + 2);
  expect(journals.flatMap(linesOf)).toEqual([]);
  town.judge = () => "ok";
  await until(() => linesOf(journals[0] as string).length === 1);
  expect(linesOf(journals[1] as string)).toEqual([]);
});

test("a run that a newer order goes on with keeps the older lease until the town has said that the newer fence holds", async () => {
  const town = await makeTown();
  const [repository, host] = [makeRepository(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  const first = startOf(town, repository.url, { command: sleeper(journal) });
  await host.start({ ...first, reporting: { ...first.reporting, leaseMs: 2_000 } });
  await until(() => linesOf(journal).length === 1);
  town.judge = () => 503;
  const reporting = { ...first.reporting, leaseMs: 600_000 };
  await host.start({ ...first, fence: 2, reporting });
  const isOver = async () => (await host.runs()).find(({ fence }) => fence === 2)?.state === "ended";
  await until(async () => linesOf(journal).length === 2 && (await isOver()));
  expect(town.of(2).length).toBeGreaterThan(0);
});

test("a heartbeat that did not get through is said again long before the next beat", async () => {
  const town = await makeTown(() => 503);
  const [repository, host] = [makeRepository(), await makeHost()];
  const request = startOf(town, repository.url, { command: sleeper(join(temporaryFolder(), "journal")) });
  await host.start({ ...request, reporting: { ...request.reporting, heartbeatMs: 600_000, leaseMs: 600_000 } });
  await until(() => town.of(1).length > 1);
  town.judge = () => "ok";
});

test("work that ends while the town is out of reach is pushed once it answers, within the lease", async () => {
  const town = await makeTown(() => 503);
  const [repository, host] = [makeRepository(), await makeHost()];
  await host.start(startOf(town, repository.url));
  await until(() => town.of(1).length > 3);
  expect(repository.branches()).toEqual(["main"]);
  town.judge = () => "ok";
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
});

/** A run that waits for a word, on a host that is stopped for longer than its lease. */
async function overslept(judge: Parameters<typeof makeTown>[0], leaseMs = 1_500) {
  const [repository, town, folder] = [makeRepository(), await makeTown(), temporaryFolder()];
  const [host, go] = [await spawnHost(temporaryFolder()), join(folder, "go")];
  const command = agent(`
    setInterval(() => { if (fs.existsSync(${JSON.stringify(go)})) { fs.writeFileSync("a.txt", "a"); process.exit(0); } }, 20);`);
  const request = startOf(town, repository.url, { command });
  await host.start({ ...request, reporting: { ...request.reporting, leaseMs } });
  await until(async () => (await host.runs())[0]?.state === "running");
  host.child.kill("SIGSTOP");
  town.judge = judge ?? town.judge;
  const before = town.reports.length;
  await sleep(leaseMs + 1_000);
  host.child.kill("SIGCONT");
  return { repository, town, host, before, finish: () => writeFileSync(go, "") };
}

test("a host that was stopped for longer than its leases asks before it judges them, and its runs go on", async () => {
  const { repository, town, host, before, finish } = await overslept(() => "ok");
  await until(() => town.reports.length > before + 3);
  expect((await host.runs())[0]).toMatchObject({ state: "running" });
  finish();
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
  expect(repository.branches()).toContain("town/fix-it/1");
});

test("one whose fence has passed meanwhile ends its run, says nothing and pushes nothing", async () => {
  const { repository, town, host, before, finish } = await overslept(() => "fenced");
  finish();
  await until(async () => (await host.runs())[0]?.state === "ended");
  await sleep(500);
  expect(town.reports.slice(before).every(({ kind }) => kind === "heartbeat")).toBe(true);
  expect(repository.branches()).toEqual(["main"]);
});

test.each([
  ["refuses", 503],
  ["is silent", "silence"],
] as const)("one whose town %s ends its run after one bounded round, and pushes nothing", async (_what, verdict) => {
  const { repository, town, host, finish } = await overslept(() => verdict);
  finish();
  await until(async () => (await host.runs())[0]?.state === "ended", 20_000);
  town.judge = () => "ok";
  expect(await town.last(1)).toMatchObject({ kind: "failed", failure: "lost", code: "lease_expired" });
  expect(repository.branches()).toEqual(["main"]);
});

test("a landing goes on as well, and lands, where its host was stopped past its lease", async () => {
  const [repository, town, folder] = [makeRepository(), await makeTown(), temporaryFolder()];
  const [host, go] = [await spawnHost(temporaryFolder()), join(folder, "go")];
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  const gate = agent(`fs.writeFileSync(${JSON.stringify(join(folder, "runs"))}, "");
    setInterval(() => { if (fs.existsSync(${JSON.stringify(go)})) process.exit(0); }, 20);`);
  const request = mergeOf(town, repository.url, { head, gate });
  await host.merge({ ...request, reporting: { ...request.reporting, leaseMs: 1_500 } });
  await until(() => existsSync(join(folder, "runs")));
  host.child.kill("SIGSTOP");
  await sleep(2_500);
  host.child.kill("SIGCONT");
  writeFileSync(go, "");
  expect(await town.last(9)).toMatchObject({ kind: "landed" });
  expect(repository.count()).toBe(2);
});

test("a clock that is set forward past every lease ends nothing", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const request = startOf(town, repository.url, { command: sleeper(join(temporaryFolder(), "journal")) });
  await host.start(request);
  await until(() => town.of(1).length > 1);
  const now = Date.now;
  const clock = vi.spyOn(Date, "now").mockImplementation(() => now() + 3_600_000);
  onTestFinished(() => clock.mockRestore());
  const before = town.of(1).length;
  await until(() => town.of(1).length > before + 5);
  expect(town.of(1).every(({ kind }) => kind === "heartbeat" || kind === "log")).toBe(true);
  expect((await host.runs())[0]).toMatchObject({ state: "running" });
});

test("a landing whose lease runs out ends its gate and pushes nothing", async () => {
  const town = await makeTown();
  const [repository, host] = [makeRepository(), await makeHost()];
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  const journal = join(temporaryFolder(), "journal");
  const request = mergeOf(town, repository.url, { head, gate: sleeper(journal) });
  await host.merge({ ...request, reporting: { ...request.reporting, leaseMs: 3_000 } });
  await until(() => linesOf(journal).length === 1);
  town.judge = () => 503;
  await until(() => linesOf(journal).length === 2);
  town.judge = () => "ok";
  expect(await town.last(9)).toMatchObject({ kind: "failed", failure: "lost", code: "lease_expired" });
  expect(repository.count()).toBe(1);
});
