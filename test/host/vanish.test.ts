/** A host that vanishes without a word takes what it ran along. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
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

const goneWithinMs = 6_000; // the guardian needs 2 s; the machine may be busy

/** Guardians that are children of this process, or of nobody any more, and watch over something of a host of ours. */
function guardiansOf(hostPid: number): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && parentOf(pid) === hostPid && textOf(`/proc/${pid}/cmdline`).includes("guardian.sh"));
}

const textOf = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};
const parentOf = (pid: number) => Number(/^PPid:\s+(\d+)/m.exec(textOf(`/proc/${pid}/status`))?.[1]);

/** An agent of three processes, each deafer than the one before: one in its group, one in a session of its own. */
function family(journal: string): string[] {
  const deaf = `process.on("SIGTERM", () => {}); process.on("SIGHUP", () => {}); setInterval(() => {}, 1000);`;
  return agent(`
    const { spawn } = require("node:child_process");
    const pids = [false, true].map((detached) =>
      spawn(process.execPath, ["-e", ${JSON.stringify(deaf)}], { detached, stdio: "ignore" }).pid);
    fs.writeFileSync(${JSON.stringify(journal)}, [process.pid, ...pids].join("\\n"));
    ${deaf}`);
}

test("kill -9 of the host ends its agents and gates with all their children, and the guardians leave too", async () => {
  const [repository, town, folder] = [makeRepository(), await makeTown(), temporaryFolder()];
  const head = repository.push("town/landing/1", "origin/main", { "a.txt": "a" });
  const host = await spawnHost(temporaryFolder());
  const journals = ["amy", "bob", "gate"].map((name) => join(folder, name));
  const [amy = "", bob = "", gate = ""] = journals;
  await host.start(startOf(town, repository.url, { command: family(amy) }));
  await host.start(startOf(town, repository.url, { command: family(bob), agent: "bob", bead: "other", fence: 2 }));
  await host.merge(
    mergeOf(town, repository.url, { head, bead: "landing", branch: "town/landing/1", gate: family(gate) }),
  );
  await until(() => journals.every((journal) => linesOf(journal).length === 3));
  const pids = journals.flatMap((journal) => linesOf(journal).map(Number));
  const guardians = guardiansOf(host.child.pid ?? 0);
  expect([pids.filter(isAlive).length, guardians.length]).toEqual([9, 3]);
  host.child.kill("SIGKILL");
  await host.exited;
  await until(() => ![...pids, ...guardians].some(isAlive), goneWithinMs);
});

test("kill -9 of the host ends a push that is under way", async () => {
  const [repository, town, folder] = [makeRepository(), await makeTown(), temporaryFolder()];
  const [waiting, go] = [join(folder, "waiting"), join(folder, "go")];
  const hook = join(repository.url, "hooks", "pre-receive");
  writeFileSync(hook, `#!/bin/sh\necho $$ > ${waiting}\nwhile ! [ -e ${go} ]; do sleep 0.05; done\n`, { mode: 0o755 });
  const host = await spawnHost(temporaryFolder());
  await host.start(startOf(town, repository.url));
  const pid = Number(await until(() => linesOf(waiting)[0]));
  host.child.kill("SIGKILL");
  await until(() => !isAlive(pid), goneWithinMs);
  writeFileSync(go, "");
  expect(repository.branches()).toEqual(["main"]);
});

test("an agent that obeys is asked before it is killed", async () => {
  const [repository, town] = [makeRepository(), await makeTown()];
  const journal = join(temporaryFolder(), "journal");
  const host = await spawnHost(temporaryFolder());
  await host.start(startOf(town, repository.url, { command: sleeper(journal) }));
  await until(() => linesOf(journal).length === 1);
  host.child.kill("SIGKILL");
  await until(() => linesOf(journal).length === 2, goneWithinMs);
  expect(linesOf(journal)[1]).toMatch(/^end/);
});

test("no guardian stays behind a run that ended, was stopped or never began, nor behind a drained host", async () => {
  const [repository, town, folder] = [makeRepository(), await makeTown(), temporaryFolder()];
  const host = await spawnHost(temporaryFolder());
  const hostPid = host.child.pid ?? 0;
  await host.start(startOf(town, repository.url, { fence: 1 }));
  await town.last(1);
  await host.start(startOf(town, repository.url, { fence: 2, command: ["./not-in-the-repository"] }));
  expect(await town.last(2)).toMatchObject({ code: "command_missing" });
  const journal = join(folder, "stopped");
  await host.start(startOf(town, repository.url, { fence: 3, command: sleeper(journal) }));
  await until(() => existsSync(journal));
  expect(guardiansOf(hostPid)).toHaveLength(1);
  await host.stop("amy", 3);
  await until(() => guardiansOf(hostPid).length === 0, goneWithinMs);
  const drained = join(folder, "drained");
  const slow = "const t = Date.now(); while (Date.now() - t < 300);";
  await host.start(startOf(town, repository.url, { fence: 4, command: sleeper(drained, slow) }));
  await until(() => existsSync(drained));
  const guardians = guardiansOf(hostPid);
  host.child.kill("SIGTERM");
  expect(await host.exited).toBe(0);
  expect(linesOf(drained)).toHaveLength(2);
  await until(() => !guardians.some(isAlive), goneWithinMs);
});

test("a guardian's own end, or its absence, does not harm the run", async () => {
  const [repository, town] = [makeRepository(), await makeTown()];
  const folder = temporaryFolder();
  const host = await spawnHost(temporaryFolder());
  const command = agent(`
    fs.writeFileSync(${JSON.stringify(join(folder, "runs"))}, "");
    setTimeout(() => { fs.writeFileSync("a.txt", "a"); process.exit(0); }, 700);`);
  await host.start(startOf(town, repository.url, { command }));
  await until(() => existsSync(join(folder, "runs")));
  for (const pid of guardiansOf(host.child.pid ?? 0)) process.kill(pid, "SIGKILL");
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
});

test("a landing that is driven again at once is not taken for its former self", async () => {
  const [repository, town, state] = [makeRepository(), await makeTown(), temporaryFolder()];
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  const journal = join(temporaryFolder(), "journal");
  // The first gate is deaf, so its guardian is still at work when the next boot runs the second, which takes a while.
  const gate = agent(`
    fs.appendFileSync(${JSON.stringify(journal)}, process.pid + "\\n");
    process.on("SIGTERM", () => {});
    const first = fs.readFileSync(${JSON.stringify(journal)}, "utf8").split("\\n").length === 2;
    setTimeout(() => process.exit(0), first ? 60_000 : 3_000);`);
  const host = await spawnHost(state);
  await host.merge(mergeOf(town, repository.url, { head, gate }));
  await until(() => linesOf(journal).length === 1);
  host.child.kill("SIGKILL");
  await makeHost({ state });
  expect(await town.last(9)).toMatchObject({ kind: "landed", head: repository.head() });
});
