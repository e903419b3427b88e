import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { LogReports } from "../../host/log-reports.ts";
import { Printed } from "../../host/printed.ts";
import type { SeqCounter } from "../../host/seq-counter.ts";
import type { Report } from "../../src/protocol/reports.ts";
import {
  agent,
  makeHost,
  makeRepository,
  makeTown,
  mergeOf,
  startOf,
  type Town,
  temporaryFolder,
  until,
} from "./support.ts";

const logsOf = (town: Town, fence: number) =>
  town.of(fence).flatMap((report) => (report.kind === "log" ? report.text : []));

/** An agent that runs a part of its script whenever the test says go, and then writes a file and ends. */
function inSteps(folder: string, ...parts: string[]): string[] {
  return agent(`
    const parts = [${parts.map((part) => `() => { ${part} }`).join(", ")}];
    let next = 0;
    setInterval(() => {
      if (!fs.existsSync(${JSON.stringify(folder)} + "/" + next)) return;
      if (next < parts.length) return parts[next++]();
      fs.writeFileSync("a.txt", "a"); process.exit(0);
    }, 10);`);
}

test("a live run tells what it printed while it runs, each thing once, and the rest before its last word", async () => {
  const [repository, town, host, folder] = [makeRepository(), await makeTown(), await makeHost(), temporaryFolder()];
  const command = inSteps(folder, `console.log("one");`, `console.error("two");`, `fs.writeSync(1, "three");`);
  await host.start(startOf(town, repository.url, { command }));
  writeFileSync(join(folder, "0"), "");
  await until(() => logsOf(town, 1).join("") === "one\n");
  const beats = town.of(1).length;
  await until(() => town.of(1).length > beats + 3);
  expect(logsOf(town, 1)).toEqual(["one\n"]);
  writeFileSync(join(folder, "1"), "");
  await until(() => logsOf(town, 1).join("") === "one\ntwo\n");
  writeFileSync(join(folder, "3"), "");
  writeFileSync(join(folder, "2"), "");
  expect(await town.last(1)).toMatchObject({ kind: "finished", outputTail: "one\ntwo\nthree" });
  expect(logsOf(town, 1).join("")).toBe("one\ntwo\nthree");
  const seqs = town.of(1).map((report) => report.seq);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  expect(town.of(1).at(-1)?.kind).toBe("finished");
});

test("what was printed between the last heartbeat and the end goes ahead of the last word, in one message with it", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const request = startOf(town, repository.url, { command: agent(`fs.writeSync(1, "no idea"); process.exit(1);`) });
  await host.start({ ...request, reporting: { ...request.reporting, heartbeatMs: 60_000, leaseMs: 90_000 } });
  await town.last(1);
  expect(town.of(1).map((report) => [report.kind, report.seq])).toEqual([
    ["heartbeat", 1],
    ["log", 2],
    ["failed", 3],
  ]);
  expect(town.requests).toEqual([["heartbeat"], ["log", "failed"]]);
  expect(logsOf(town, 1)).toEqual(["no idea"]);
});

test("a run that ends well says what it printed and that it has finished in one message", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const command = agent(`console.log("worked"); fs.writeFileSync("a.txt", "a");`);
  const request = startOf(town, repository.url, { command });
  await host.start({ ...request, reporting: { ...request.reporting, heartbeatMs: 60_000, leaseMs: 90_000 } });
  await town.last(1);
  // The first beat that proves the fence, one more before the push, and the end.
  expect(town.requests).toEqual([["heartbeat"], ["heartbeat"], ["log", "finished"]]);
});

test("the rest of the output goes along with the first try alone: what can't be taken of it keeps no last word back", async () => {
  const town = await makeTown((report) => (report.kind === "log" ? 400 : "ok"));
  const [repository, host] = [makeRepository(), await makeHost()];
  const request = startOf(town, repository.url, { command: agent(`fs.writeSync(1, "no idea"); process.exit(1);`) });
  await host.start({ ...request, reporting: { ...request.reporting, heartbeatMs: 60_000, leaseMs: 90_000 } });
  await until(() => town.requests.length === 3);
  expect(town.requests).toEqual([["heartbeat"], ["log", "failed"], ["failed"]]);
});

test("a flood is told by its end and by how much was left out", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const lines = `Array.from({ length: 5000 }, (_, i) => "line " + i + "\\n").join("")`;
  const command = agent(`fs.writeSync(1, ${lines}); fs.writeFileSync("a.txt", "a");`);
  const request = startOf(town, repository.url, { command });
  await host.start({ ...request, reporting: { ...request.reporting, heartbeatMs: 60_000, leaseMs: 90_000 } });
  await town.last(1);
  const [text = "", ...others] = logsOf(town, 1);
  expect(others).toEqual([]);
  expect(text.length).toBeLessThanOrEqual(8_000);
  const [, leftOut, shown = ""] = /^\[… (\d+) characters left out\]\n(line \d+\n(?:line \d+\n)*)$/.exec(text) ?? [];
  expect(shown.endsWith("line 4999\n")).toBe(true);
  const printed = Array.from({ length: 5000 }, (_, i) => `line ${i}\n`).join("").length;
  expect(Number(leftOut) + shown.length).toBe(printed);
});

test("secrets are taken out, the town's and the host's own, also where they were printed in two halves", async () => {
  const [repository, town, host, folder] = [
    makeRepository(),
    await makeTown(),
    await makeHost({ passEnv: ["HOST_MODEL_API_KEY"] }),
    temporaryFolder(),
  ];
  process.env.HOST_MODEL_API_KEY = "sk-of-the-host";
  const command = inSteps(
    folder,
    `console.log(process.env.HOST_MODEL_API_KEY);`,
    `fs.writeSync(1, "half: " + process.env.MODEL_API_KEY.slice(0, 6)); fs.writeSync(1, process.env.MODEL_API_KEY.slice(6) + "\\n");`,
  );
  for (const step of ["0", "1", "2"]) writeFileSync(join(folder, step), "");
  const env = { MODEL_API_KEY: "sk-very-secret" };
  await host.start(startOf(town, repository.url, { command, env }));
  const last = await town.last(1);
  delete process.env.HOST_MODEL_API_KEY;
  expect(last).toMatchObject({ kind: "finished", outputTail: "***\nhalf: ***\n" });
  expect(logsOf(town, 1).join("")).toBe("***\nhalf: ***\n");
});

test("an unfinished line waits for its end, but not for long, and a secret at the cut is not shown in part", () => {
  const printed = new Printed(["topsecret-topsecret"]);
  const source = printed.source();
  source.add("a\nPassword is topse");
  expect(printed.takeNews()).toBe("a\n");
  source.add("cret-topsecret");
  expect(printed.takeNews()).toBe(null);
  expect(printed.takeNews()).toBe("Password is ");
  expect(printed.takeNews()).toBe(null);
  expect(printed.takeNews(true)).toBe("***");
  source.add(`topsecret-topsecret${"x".repeat(8_000 - 10)}`);
  expect(printed.tail).toHaveLength(8_000);
  expect(printed.tail).not.toContain("secret");
  source.add("y".repeat(20_000));
  expect(printed.takeNews(true)?.length).toBeLessThanOrEqual(8_000);
  source.add("\0");
  expect(printed.takeNews(true)).toBe(null);
});

test.each([
  ["are refused", 400],
  ["are called fenced", "fenced"],
  ["are never answered", "silence"],
] as const)("logs that %s hinder neither heartbeats nor the last word", async (_, verdict) => {
  const isLog = (report: Report) => report.kind === "log";
  const town = await makeTown((report) => (isLog(report) ? verdict : "ok"));
  const [repository, host, folder] = [makeRepository(), await makeHost(), temporaryFolder()];
  const command = inSteps(folder, `setInterval(() => console.log("still here"), 5);`);
  writeFileSync(join(folder, "0"), "");
  await host.start(startOf(town, repository.url, { command }));
  await until(() => town.of(1).some(isLog));
  const before = town.of(1).length;
  await until(() => town.of(1).filter((each) => each.kind === "heartbeat").length > before + 5, 3_000);
  writeFileSync(join(folder, "1"), "");
  const askedMs = performance.now();
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
  expect(performance.now() - askedMs).toBeLessThan(4_000);
  const told = town.of(1).filter((report) => !isLog(report));
  expect(told.map((report) => report.seq)).toEqual(told.map((report) => report.seq).sort((a, b) => a - b));
});

test("nothing is printed into the void: while the town is out of reach the news waits for it", async () => {
  const [repository, town, host, folder] = [makeRepository(), await makeTown(), await makeHost(), temporaryFolder()];
  const mark = join(folder, "printed");
  const command = inSteps(folder, `console.log("early"); fs.writeFileSync(${JSON.stringify(mark)}, "");`);
  await host.start(startOf(town, repository.url, { command }));
  await until(async () => (await host.runs())[0]?.state === "running");
  town.judge = () => 503;
  writeFileSync(join(folder, "0"), "");
  await until(() => existsSync(mark));
  const before = town.of(1).length;
  await until(() => town.of(1).length > before + 2);
  expect(logsOf(town, 1)).toEqual([]);
  town.judge = () => "ok";
  await until(() => logsOf(town, 1).join("") === "early\n");
  writeFileSync(join(folder, "1"), "");
  await town.last(1);
});

test("a landing tells what its gate prints", async () => {
  const [repository, town, host, folder] = [makeRepository(), await makeTown(), await makeHost(), temporaryFolder()];
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  const gate = inSteps(folder, `console.log("ok 1");`, `console.log("ok 2");`);
  await host.merge(mergeOf(town, repository.url, { head, gate }));
  writeFileSync(join(folder, "0"), "");
  await until(() => logsOf(town, 9).join("") === "ok 1\n");
  for (const step of ["2", "1"]) writeFileSync(join(folder, step), "");
  expect(await town.last(9)).toMatchObject({ kind: "landed" });
  expect(logsOf(town, 9).join("")).toBe("ok 1\nok 2\n");
});

test("a landing whose gate fails tells what that printed, and not what it prints of the default branch alone", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  const gate = agent(
    `if (!fs.existsSync("a.txt")) { console.log("all is well"); process.exit(0); } console.log("a.txt is wrong"); process.exit(1);`,
  );
  await host.merge(mergeOf(town, repository.url, { head, gate }));
  expect(await town.last(9)).toMatchObject({ code: "gate_failed", outputTail: "a.txt is wrong\n" });
  expect(logsOf(town, 9).join("")).toBe("a.txt is wrong\n");
});

test("between two heartbeats what is printed is told soon, then after gaps that double, and no more often", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const printing = `let n = 0; setInterval(() => { console.log("line " + n++); if (n === 160) { fs.writeFileSync("a.txt", "a"); process.exit(0); } }, 50);`;
  const request = startOf(town, repository.url, { command: agent(printing) });
  await host.start({ ...request, reporting: { ...request.reporting, heartbeatMs: 60_000, leaseMs: 90_000 } });
  await until(() => logsOf(town, 1).length > 0, 30_000);
  expect(logsOf(town, 1)[0]).toMatch(/^line 0\n/);
  expect(town.of(1).at(-1)?.kind).toBe("log");
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
  // Told of a hundred and sixty lines in eight seconds: after one, two and four more, and with the last word. A slow machine takes longer, which adds one or two.
  expect(logsOf(town, 1).length).toBeGreaterThanOrEqual(3);
  expect(logsOf(town, 1).length).toBeLessThanOrEqual(7);
  const told = logsOf(town, 1).join("");
  expect(told).toBe(Array.from({ length: 160 }, (_, n) => `line ${n}\n`).join(""));
});

test("what is printed while the town is out of reach is not thrown away: it waits for a heartbeat that gets through", async () => {
  const town = await makeTown();
  let [isHeard, seq] = [false, 0];
  const said = ["one\n", "two\n"];
  const reporting = { url: town.url, token: "run-token-1", heartbeatMs: 60_000, leaseMs: 90_000 };
  const identity = { agent: "ada", bead: "fix-it", fence: 1, reporting, seq: { next: () => ++seq } as SeqCounter };
  const speaker = { bootId: "boot", places: null, frames: null };
  const reports = new LogReports(speaker, () => ({ takeNews: () => said.shift() ?? null }));
  reports.watch(identity, () => isHeard, new AbortController().signal);
  onTestFinished(() => reports.close());
  await sleep(2_500);
  expect(logsOf(town, 1)).toEqual([]);
  isHeard = true;
  await until(() => logsOf(town, 1).length === 2, 30_000);
  expect(logsOf(town, 1)).toEqual(["one\n", "two\n"]);
});
