import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseDrill } from "../../host/drill.ts";
import {
  agent,
  haveWitness,
  isAlive,
  linesOf,
  makeHost,
  makeRepository,
  makeTown,
  sleeper,
  startOf,
  temporaryFolder,
  until,
} from "./support.ts";

test("a hundred parallel starts of one fence begin exactly one process and get one answer", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  const request = startOf(town, repository.url, { command: sleeper(journal) });
  const answers = await Promise.all(Array.from({ length: 100 }, () => host.start(request)));
  expect(answers.filter((answer) => answer.status === 202)).toHaveLength(1);
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(99);
  expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
  await until(() => linesOf(journal).length > 0);
  await haveWitness(town, host);
  expect(linesOf(journal)).toHaveLength(1);
  expect((await host.runs()).filter(({ agent }) => agent === "amy")).toHaveLength(1);
});

test("a fence is known after its run ended, and a lower one refused, also by a restarted host", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  await host.start(startOf(town, repository.url, { fence: 5 }));
  await town.last(5);
  const ask = async (client: typeof host) => {
    const same = await client.start(startOf(town, repository.url, { fence: 5 }));
    expect([same.status, same.body.accepted]).toEqual([200, true]);
    const lowerForAgent = await client.start(startOf(town, repository.url, { fence: 4, bead: "other" }));
    expect([lowerForAgent.status, lowerForAgent.body.code]).toEqual([409, "fenced"]);
    const lowerForBead = await client.start(startOf(town, repository.url, { fence: 4, agent: "bob" }));
    expect([lowerForBead.status, lowerForBead.body.code]).toEqual([409, "fenced"]);
  };
  await ask(host);
  await host.drain();
  const restarted = await makeHost({ state: host.state });
  await ask(restarted);
  expect((await restarted.runs()).filter((run) => run.state !== "ended")).toEqual([]);
  const elsewhere = await restarted.start(startOf(town, repository.url, { fence: 1, town: "other-town" }));
  expect(elsewhere.status).toBe(202);
});

test("a higher fence with the same work adopts the live process and goes on under the new fence", async () => {
  const town = await makeTown((report) => (report.fence === 1 && report.seq > 3 ? "fenced" : "ok"));
  const [repository, host] = [makeRepository(), await makeHost()];
  const folder = temporaryFolder();
  const [journal, signal] = [join(folder, "journal"), join(folder, "go")];
  const command = agent(`
    fs.appendFileSync(${JSON.stringify(journal)}, process.pid + "\\n");
    setInterval(() => { if (fs.existsSync(${JSON.stringify(signal)})) { fs.writeFileSync("a.txt", "a"); process.exit(0); } }, 20);`);
  const slowBeat = { url: town.url, token: "run-token-1", heartbeatMs: 5_000, leaseMs: 20_000 };
  await host.start(startOf(town, repository.url, { command, reporting: slowBeat }));
  await until(() => linesOf(journal).length === 1);
  const answer = await host.start(startOf(town, repository.url, { command, fence: 2 }));
  expect(answer.status).toBe(202);
  await until(() => town.of(2).length > 2);
  expect(linesOf(journal)).toHaveLength(1);
  expect(isAlive(Number(linesOf(journal)[0]))).toBe(true);
  writeFileSync(signal, "");
  expect(await town.last(2)).toMatchObject({ kind: "finished", fence: 2 });
  expect(repository.branches()).toEqual(["main", "town/fix-it/2"]);
  expect(town.of(2)[0]?.seq).toBe(1);
  expect(town.of(1).every((report) => report.kind === "heartbeat")).toBe(true);
  const runs = await host.runs();
  expect(runs.map((run) => [run.fence, run.state])).toEqual([
    [1, "ended"],
    [2, "ended"],
  ]);
});

test.each([
  ["the same bead with other work", { prompt: "Do it otherwise." }],
  ["the same bead by another agent", { agent: "bob" }],
  ["another bead of the same agent", { bead: "other" }],
])("a higher fence for %s ends the old run first, and they are never both alive", async (_, change) => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  const slow = "const t = Date.now(); while (Date.now() - t < 500);";
  await host.start(startOf(town, repository.url, { command: sleeper(journal, slow) }));
  await until(() => linesOf(journal).length === 1);
  const asked = performance.now();
  const answer = await host.start(startOf(town, repository.url, { ...change, command: sleeper(journal), fence: 2 }));
  expect(answer.status).toBe(202);
  expect(performance.now() - asked).toBeLessThan(400);
  await until(() => linesOf(journal).length === 3);
  const [first, second, third] = linesOf(journal).map((line) => line.split(" "));
  expect([first?.[0], second?.[0], third?.[0]]).toEqual(["begin", "end", "begin"]);
  expect(first?.[1]).toBe(second?.[1]);
  expect(town.of(1).every((report) => report.kind === "heartbeat")).toBe(true);
  expect(town.of(2).length).toBeGreaterThan(0);
});

test("a start that is refused for a missing command claims nothing", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const refusal = await host.start(startOf(town, repository.url, { command: ["no-such-agent-program"] }));
  expect([refusal.status, refusal.body.accepted, refusal.body.code]).toEqual([409, false, "command_missing"]);
  expect(refusal.body.message).toMatch(/no-such-agent-program.*PATH/);
  expect((await host.start(startOf(town, repository.url))).status).toBe(202);
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
});

test("a full host refuses more and says when to ask again, but takes a successor of what it runs", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost({ maxRuns: 1 })];
  const command = sleeper(join(temporaryFolder(), "journal"));
  await host.start(startOf(town, repository.url, { command }));
  const refusal = await host.start(startOf(town, repository.url, { command, fence: 2, agent: "bob", bead: "other" }));
  expect([refusal.status, refusal.body.code]).toEqual([409, "at_capacity"]);
  expect(refusal.body.retryAfterMs).toBeGreaterThan(0);
  expect((await host.start(startOf(town, repository.url, { command, fence: 3 }))).status).toBe(202);
});

test("a stop ends the run of its fence, waits until it is gone, and refuses that fence from then on", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  const request = startOf(town, repository.url, { command: sleeper(journal), fence: 3 });
  await host.start(request);
  await until(() => linesOf(journal).length === 1);
  const older = await host.stop("amy", 2);
  expect([older.status, older.body.accepted]).toEqual([200, true]);
  expect(isAlive(Number(linesOf(journal)[0]?.split(" ")[1]))).toBe(true);
  expect((await host.stop("amy", 3)).status).toBe(200);
  expect(isAlive(Number(linesOf(journal)[0]?.split(" ")[1]))).toBe(false);
  expect((await host.start(request)).body.code).toBe("fenced");
  expect((await host.stop("amy", 7)).status).toBe(200);
  expect((await host.start({ ...request, fence: 7 })).body.code).toBe("fenced");
  expect((await host.start({ ...request, fence: 8 })).status).toBe(202);
});

test("a fenced verdict ends the run and keeps nothing", async () => {
  const town = await makeTown();
  const [repository, host] = [makeRepository(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  await host.start(startOf(town, repository.url, { command: sleeper(journal) }));
  await until(() => linesOf(journal).length === 1);
  town.judge = () => "fenced";
  await until(() => linesOf(journal).length === 2);
  await until(async () => (await host.runs())[0]?.state === "ended");
  await until(() => !existsSync(join(host.state, "work/demo/shop/fix-it-1")));
  expect(town.reports.every((report) => report.kind === "heartbeat")).toBe(true);
  expect(repository.branches()).toEqual(["main"]);
});

test("a run that is fenced between its end and its push pushes nothing", async () => {
  const town = await makeTown((report) => (report.seq === 1 ? "ok" : "fenced"));
  const [repository, host] = [makeRepository(), await makeHost()];
  const request = startOf(town, repository.url);
  await host.start({ ...request, reporting: { ...request.reporting, heartbeatMs: 60_000, leaseMs: 90_000 } });
  await until(async () => (await host.runs())[0]?.state === "ended");
  expect(town.reports.map((report) => report.kind)).toEqual(["heartbeat", "heartbeat"]);
  expect(repository.branches()).toEqual(["main"]);
});

test("a town that three times does not know the run ends it", async () => {
  const town = await makeTown(() => 404);
  const [repository, host] = [makeRepository(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  await host.start(startOf(town, repository.url, { command: sleeper(journal) }));
  await until(async () => (await host.runs())[0]?.state === "ended");
  expect(town.reports).toHaveLength(3);
});

test("drills refuse and break the starts they name, and claim nothing", async () => {
  const drill = parseDrill(["refuse:1", "reject:2"]);
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost({ drill })];
  const answers = [];
  for (const fence of [1, 1, 2, 3]) answers.push(await host.start(startOf(town, repository.url, { fence })));
  expect(answers.map((answer) => [answer.status, answer.body.code])).toEqual([
    [409, "drill"],
    [409, "drill"],
    [500, undefined],
    [202, undefined],
  ]);
  expect(answers[2]?.text).toBe("");
  expect(() => parseDrill(["explode:1"])).toThrow(/refuse:N/);
});
