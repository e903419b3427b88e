import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { isSignOfLife } from "../../src/protocol/reports.ts";
import {
  agent,
  git,
  haveWitness,
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

test("a killed host ends what it left running when it comes back, and reports it lost", async () => {
  const [repository, town, state] = [makeRepository(), await makeTown(), temporaryFolder()];
  const journal = join(temporaryFolder(), "journal");
  const host = await spawnHost(state);
  const request = startOf(town, repository.url, { command: sleeper(journal), fence: 4 });
  await host.start(request);
  const pid = Number((await until(() => linesOf(journal)[0]))?.split(" ")[1]);
  host.child.kill("SIGKILL");
  await host.exited;
  const seqBefore = town.of(4).at(-1)?.seq ?? 0;
  const next = await makeHost({ state });
  expect(isAlive(pid)).toBe(false);
  const last = await town.last(4);
  expect(last).toMatchObject({ kind: "failed", failure: "lost", code: "host_restarted" });
  expect(last.seq).toBeGreaterThan(seqBefore);
  expect((await next.start(request)).status).toBe(200);
  expect((await next.start({ ...request, fence: 3 })).body.code).toBe("fenced");
  expect((await next.runs()).map((run) => run.state)).toEqual(["ended"]);
  expect((await next.start({ ...request, fence: 5 })).status).toBe(202);
});

test("a stranger that got a dead run's process id is left alone", async () => {
  const [repository, town, state] = [makeRepository(), await makeTown(), temporaryFolder()];
  const host = await spawnHost(state);
  await host.start(startOf(town, repository.url, { command: sleeper(join(state, "journal")) }));
  const run = await until(async () => (await host.runs()).find((each) => each.state === "running"));
  host.child.kill("SIGKILL");
  await host.exited;
  process.kill(-(run.pid ?? 0), "SIGKILL");
  const stranger = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" });
  const path = join(state, "runs/demo/1.json");
  const record = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...record, pid: stranger.pid }));
  await makeHost({ state });
  await town.last(1);
  expect(isAlive(stranger.pid ?? 0)).toBe(true);
  stranger.kill("SIGKILL");
});

test("a last word that was not delivered before a restart is delivered after it", async () => {
  const [repository, state] = [makeRepository(), temporaryFolder()];
  const town = await makeTown((report) => (report.kind === "heartbeat" ? "ok" : 503));
  const host = await makeHost({ state });
  await host.start(startOf(town, repository.url));
  await town.last(1);
  await host.drain();
  const before = town.reports.length;
  town.judge = () => "ok";
  await makeHost({ state });
  await until(() => town.reports.length > before);
  expect(town.reports.at(-1)).toMatchObject({ kind: "finished", head: repository.head("town/fix-it/1") });
});

test("a crash between a landing's push and its report lands once", async () => {
  const [repository, state] = [makeRepository(), temporaryFolder()];
  const town = await makeTown();
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  repository.push("main", "origin/main", { "b.txt": "b" });
  const host = await spawnHost(state);
  // The remote itself kills the host, right after the default branch moved.
  const hook = join(repository.url, "hooks", "post-receive");
  writeFileSync(hook, `#!/bin/sh\nkill -9 ${host.child.pid}\n`, { mode: 0o755 });
  await host.merge(mergeOf(town, repository.url, { head }));
  await host.exited;
  expect(repository.count()).toBe(3);
  expect(town.of(9).every(isSignOfLife)).toBe(true);
  expect(JSON.parse(readFileSync(join(state, "merges/demo/9.json"), "utf8"))).toMatchObject({ state: "pushing" });
  const landedAt = repository.head();
  repository.push("main", "origin/main", { "c.txt": "c" });
  writeFileSync(hook, "#!/bin/sh\n");
  const next = await makeHost({ state });
  expect(await town.last(9)).toMatchObject({ kind: "landed", head: landedAt });
  expect((await next.merge(mergeOf(town, repository.url, { head }))).status).toBe(200);
  expect(repository.count()).toBe(4);
  const seqs = town.of(9).map((report) => report.seq);
  expect(new Set(seqs).size).toBe(seqs.length);
});

/** A host that was killed in a landing's gate. The first gate never ends, a second one does. */
async function killedInGate() {
  const [repository, town, state] = [makeRepository(), await makeTown(), temporaryFolder()];
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  const journal = join(temporaryFolder(), "journal");
  const gate = agent(`
    fs.appendFileSync(${JSON.stringify(journal)}, process.pid + "\\n");
    if (fs.readFileSync(${JSON.stringify(journal)}, "utf8").split("\\n").length === 2) setInterval(() => {}, 1000);`);
  const host = await spawnHost(state);
  await host.merge(mergeOf(town, repository.url, { head, gate }));
  const pid = Number(await until(() => linesOf(journal)[0]));
  host.child.kill("SIGKILL");
  await host.exited;
  return { repository, town, state, journal, pid, main: repository.head(), told: town.reports.length };
}

test("a landing that was killed in its gate is driven again from its record", async () => {
  const { repository, town, state, journal, pid } = await killedInGate();
  await makeHost({ state });
  expect(isAlive(pid)).toBe(false);
  expect(await town.last(9)).toMatchObject({ kind: "landed", head: repository.head() });
  expect(linesOf(journal)).toHaveLength(2);
});

test("a landing is driven again only once the town says that its fence still holds: another host may land it", async () => {
  const { repository, town, state, journal, told } = await killedInGate();
  town.judge = () => 503;
  await makeHost({ state });
  await until(() => town.reports.length > told + 2);
  expect(linesOf(journal)).toHaveLength(1);
  town.judge = () => "pending";
  const asked = town.reports.length;
  await until(() => town.reports.length > asked + 2);
  expect(linesOf(journal)).toHaveLength(1);
  town.judge = () => "ok";
  expect(await town.last(9)).toMatchObject({ kind: "landed", head: repository.head() });
  expect(linesOf(journal)).toHaveLength(2);
});

test("a landing that was fenced while its host was down is not driven again", async () => {
  const { repository, town, state, journal, main, told } = await killedInGate();
  town.judge = () => "fenced";
  const host = await makeHost({ state });
  await until(() => town.reports.length > told);
  town.judge = () => "ok";
  await haveWitness(town, host);
  expect(linesOf(journal)).toHaveLength(1);
  expect(repository.head()).toBe(main);
  expect(town.of(9).every(isSignOfLife)).toBe(true);
});

test("SIGTERM ends the runs, reports them, and exits 0", async () => {
  const [repository, town] = [makeRepository(), await makeTown()];
  const journal = join(temporaryFolder(), "journal");
  const host = await spawnHost(temporaryFolder());
  await host.start(
    startOf(town, repository.url, { command: sleeper(journal, "const t = Date.now(); while (Date.now() - t < 300);") }),
  );
  await until(() => linesOf(journal).length === 1);
  host.child.kill("SIGTERM");
  await sleep(50);
  const refusal = await host.start(startOf(town, repository.url, { fence: 2, bead: "other", agent: "bob" }));
  expect([refusal.status, refusal.body.code]).toEqual([409, "draining"]);
  expect(await host.exited).toBe(0);
  expect(linesOf(journal)).toHaveLength(2);
  expect(await town.last(1)).toMatchObject({ kind: "failed", failure: "lost", code: "host_draining" });
});

test("a host whose parent is gone ends its runs and exits", async () => {
  const [repository, town] = [makeRepository(), await makeTown()];
  const journal = join(temporaryFolder(), "journal");
  const host = await spawnHost(temporaryFolder());
  await host.start(startOf(town, repository.url, { command: sleeper(journal) }));
  const pid = Number((await until(() => linesOf(journal)[0]))?.split(" ")[1]);
  host.child.disconnect();
  expect(await host.exited).toBe(0);
  expect(isAlive(pid)).toBe(false);
});

test("an unreadable record is set aside and keeps nobody from starting", async () => {
  const [repository, town, state] = [makeRepository(), await makeTown(), temporaryFolder()];
  const host = await makeHost({ state });
  await host.start(startOf(town, repository.url));
  await town.last(1);
  await host.drain();
  writeFileSync(join(state, "runs/demo/1.json"), "{");
  const next = await makeHost({ state });
  expect(readdirSync(join(state, "runs/demo"))).toEqual(["1.json.unreadable"]);
  expect((await next.start(startOf(town, repository.url))).status).toBe(200);
  expect((await next.start(startOf(town, repository.url, { fence: 2 }))).status).toBe(202);
});

test("a second host on the same state waits for the first to leave", async () => {
  const state = temporaryFolder();
  const first = await makeHost({ state });
  const second = makeHost({ state });
  await sleep(300);
  expect(existsSync(join(state, "host.lock"))).toBe(true);
  await first.drain();
  expect((await (await second).call("GET", "/v1/health")).status).toBe(200);
});

test("a stale git lock does not block a rig for ever", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  await host.start(startOf(town, repository.url));
  await town.last(1);
  repository.push("main", "origin/main", { "b.txt": "b" });
  const [copy = ""] = readdirSync(join(host.state, "rigs/demo"));
  const lock = join(host.state, "rigs/demo", copy, "refs/remotes/origin/main.lock");
  writeFileSync(lock, "");
  utimesSync(lock, new Date(0), new Date(0));
  await host.start(startOf(town, repository.url, { fence: 2 }));
  expect(await town.last(2)).toMatchObject({ kind: "finished" });
  expect(git(repository.url, "log", "--format=%s", "town/fix-it/2")).toBe("Fix it\nchange\nstart");
});
