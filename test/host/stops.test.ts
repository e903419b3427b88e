import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  agent,
  haveWitness,
  isAlive,
  linesOf,
  makeHost,
  makeRepository,
  makeTown,
  sleeper,
  spawnHost,
  startOf,
  temporaryFolder,
  until,
} from "./support.ts";

const pidIn = (line: string | undefined) => Number(line?.split(" ")[1]);

/** A remote that takes connections and says nothing: a clone of it lasts until somebody ends it. */
async function makeSilentRemote() {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => void sockets.add(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}/shop.git`, connections: () => sockets.size };
}

/** A remote whose pushes wait in a hook until they are let through. */
function makeSlowRepository() {
  const repository = makeRepository();
  const folder = temporaryFolder();
  const [waiting, letThrough] = [join(folder, "waiting"), join(folder, "go")];
  const hook = join(repository.url, "hooks", "pre-receive");
  writeFileSync(hook, `#!/bin/sh\ntouch ${waiting}\nwhile ! [ -e ${letThrough} ]; do sleep 0.05; done\n`);
  chmodSync(hook, 0o755);
  return { ...repository, pushWaits: () => existsSync(waiting), letThrough: () => writeFileSync(letThrough, "") };
}

test("a stop that comes before the start keeps it and all older ones away", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  expect((await host.stop("amy", 5)).body.accepted).toBe(true);
  for (const fence of [5, 4, 1]) {
    const answer = await host.start(startOf(town, repository.url, { fence, bead: `bead-${fence}` }));
    expect([answer.status, answer.body.code]).toEqual([409, "fenced"]);
  }
  expect((await host.start(startOf(town, repository.url, { fence: 6 }))).status).toBe(202);
  expect(await town.last(6)).toMatchObject({ kind: "finished" });
});

test("a stop ends a run that is still cloning, and one that waits for another's clone", async () => {
  const [remote, town, host] = [await makeSilentRemote(), await makeTown(), await makeHost()];
  await host.start(startOf(town, remote.url));
  await until(() => remote.connections() > 0);
  await host.start(startOf(town, remote.url, { fence: 2, agent: "bob", bead: "other" }));
  await until(() => town.of(2).length > 0);
  const askedMs = performance.now();
  expect((await host.stop("bob", 2)).status).toBe(200);
  expect(performance.now() - askedMs).toBeLessThan(1_000);
  expect((await host.runs()).map((run) => [run.fence, run.state])).toEqual([
    [1, "preparing"],
    [2, "ended"],
  ]);
  expect((await host.stop("amy", 1)).status).toBe(200);
  expect((await host.runs()).map((run) => run.state)).toEqual(["ended", "ended"]);
  const told = town.reports.length;
  await haveWitness(town, host);
  expect(town.reports).toHaveLength(told);
  expect(town.reports.every((report) => report.kind === "heartbeat")).toBe(true);
});

test("a hundred stops at once end a deaf agent with its children, and all are told so", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  const deaf = `process.on("SIGTERM", () => {}); setInterval(() => console.log("la la la"), 20);`;
  const command = agent(`
    const child = require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(deaf)}], { stdio: "ignore" });
    fs.writeFileSync(${JSON.stringify(journal)}, "x " + child.pid + "\\nx " + process.pid + "\\n");
    ${deaf}`);
  await host.start(startOf(town, repository.url, { command, fence: 3 }));
  await until(() => linesOf(journal).length === 2 && town.of(3).some((report) => report.kind === "log"));
  const answers = await Promise.all(Array.from({ length: 100 }, () => host.stop("amy", 3)));
  const told = town.reports.length;
  expect(new Set(answers.map((answer) => `${answer.status} ${answer.body.accepted}`))).toEqual(new Set(["200 true"]));
  expect(linesOf(journal).map(pidIn).map(isAlive)).toEqual([false, false]);
  await haveWitness(town, host);
  expect(town.reports).toHaveLength(told);
  expect(town.of(3).every((report) => report.kind === "heartbeat" || report.kind === "log")).toBe(true);
  expect(repository.branches()).toEqual(["main"]);
});

test("a stop waits for the push that is under way, and then the run says nothing more", async () => {
  const [repository, town, host] = [makeSlowRepository(), await makeTown(), await makeHost()];
  await host.start(startOf(town, repository.url));
  await until(repository.pushWaits);
  const stopping = host.stop("amy", 1);
  await haveWitness(town, host);
  expect((await host.runs())[0]?.state).toBe("finishing");
  repository.letThrough();
  expect((await stopping).status).toBe(200);
  const branches = repository.branches();
  await haveWitness(town, host);
  expect(repository.branches()).toEqual(branches);
  expect(town.of(1).map((report) => report.kind)).not.toContain("finished");
});

test("a stop whose push takes too long is not accepted until that is over", async () => {
  const [repository, town, host] = [makeSlowRepository(), await makeTown(), await makeHost()];
  await host.start(startOf(town, repository.url));
  await until(repository.pushWaits);
  const answer = await host.stop("amy", 1);
  expect([answer.status, answer.body.accepted, answer.body.code]).toEqual([409, false, "stopping"]);
  expect(answer.body.retryAfterMs).toBeGreaterThan(0);
  repository.letThrough();
  expect((await host.stop("amy", 1)).status).toBe(200);
});

test("a run that was adopted under a newer fence is not ended by a stop of the older one", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  const command = sleeper(journal);
  await host.start(startOf(town, repository.url, { command, fence: 5 }));
  await until(() => linesOf(journal).length === 1);
  await host.start(startOf(town, repository.url, { command, fence: 6 }));
  expect((await host.stop("amy", 5)).body.accepted).toBe(true);
  const beats = town.of(6).length;
  await until(() => town.of(6).length > beats + 2);
  expect(isAlive(pidIn(linesOf(journal)[0]))).toBe(true);
  expect((await host.stop("amy", 6)).body.accepted).toBe(true);
  expect(isAlive(pidIn(linesOf(journal)[0]))).toBe(false);
});

test("a stop of one fence amid starts of the next leaves just the next one alive", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  const command = sleeper(journal);
  await host.start(startOf(town, repository.url, { command, fence: 5 }));
  await until(() => linesOf(journal).length === 1);
  const next = startOf(town, repository.url, { command, fence: 6 });
  const [stopped, started] = await Promise.all([host.stop("amy", 5), host.start(next), host.stop("amy", 5)]);
  expect([stopped.status, started.status]).toEqual([200, 202]);
  await until(async () => (await host.runs()).some((run) => run.fence === 6 && run.state === "running"));
  const begun = () => linesOf(journal).filter((line) => line.startsWith("begin"));
  await until(() => begun().length === 2);
  expect(begun().map(pidIn).map(isAlive)).toEqual([false, true]);
  await host.stop("amy", 6);
});

test("a stop takes back a last word that has not been delivered, for ever", async () => {
  const town = await makeTown((report) => (report.kind === "finished" ? 503 : "ok"));
  const [repository, host] = [makeRepository(), await makeHost()];
  await host.start(startOf(town, repository.url));
  await town.last(1);
  expect((await host.stop("amy", 1)).status).toBe(200);
  const told = town.reports.length;
  town.judge = () => "ok";
  await haveWitness(town, host);
  await host.drain();
  const next = await makeHost({ state: host.state });
  await haveWitness(town, next);
  expect(town.reports).toHaveLength(told);
  expect((await next.start(startOf(town, repository.url))).body.code).toBe("fenced");
});

test("a stop holds after the host was killed right behind it: nothing starts, nothing is said", async () => {
  const [repository, town, state] = [makeRepository(), await makeTown(), temporaryFolder()];
  const journal = join(temporaryFolder(), "journal");
  const host = await spawnHost(state);
  await host.start(startOf(town, repository.url, { command: sleeper(journal), fence: 4 }));
  await until(() => linesOf(journal).length === 1);
  // Killed while the agent still takes its leave: the record says it runs, the fence file that it is stopped.
  host.child.kill("SIGSTOP");
  writeFileSync(ensured(join(state, "fences/demo/stops"), "amy"), "4\n");
  host.child.kill("SIGKILL");
  await host.exited;
  const told = town.reports.length;
  const next = await makeHost({ state });
  expect(isAlive(pidIn(linesOf(journal)[0]))).toBe(false);
  for (const fence of [4, 3]) {
    const again = startOf(town, repository.url, { fence, bead: `bead-${fence}` });
    expect((await next.start(again)).body.code).toBe("fenced");
  }
  expect((await next.runs()).map((run) => run.state)).toEqual(["ended"]);
  await haveWitness(town, next);
  expect(town.reports).toHaveLength(told);
});

test("a host that can't write down a stop ends the run all the same, and asks to be asked again", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  await host.start(startOf(town, repository.url, { command: sleeper(journal), fence: 2 }));
  await until(() => linesOf(journal).length === 1);
  // A file in place of the folder: unlike permissions, that stops the superuser as well.
  const inTheWay = join(host.state, "fences/demo/stops");
  writeFileSync(inTheWay, "");
  const answer = await host.stop("amy", 2);
  expect([answer.status, answer.body.accepted, answer.body.code]).toEqual([409, false, "state_unwritable"]);
  expect(isAlive(pidIn(linesOf(journal)[0]))).toBe(false);
  rmSync(inTheWay);
  expect((await host.stop("amy", 2)).status).toBe(200);
  expect(readFileSync(join(inTheWay, "amy"), "utf8")).toBe("2\n");
  expect(town.of(2).every((report) => report.kind === "heartbeat")).toBe(true);
});

test("a stop of an agent nobody knows is accepted and costs one small file", async () => {
  const host = await makeHost();
  expect((await host.stop("nobody", 9)).body.accepted).toBe(true);
  expect(readdirSync(join(host.state, "fences/demo/stops"))).toEqual(["nobody"]);
});

function ensured(folder: string, name: string): string {
  mkdirSync(folder, { recursive: true });
  return join(folder, name);
}
