/** A host that is killed while it takes a run's work in: the next one takes it in from its beginning, and all of it. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  agent,
  git,
  isAlive,
  makeHost,
  makeRepository,
  makeTown,
  spawnHost,
  startOf,
  temporaryFolder,
  until,
} from "./support.ts";

const helpers = `const cp = (args, cwd = ".") => require("node:child_process").execFileSync("git", args, { cwd });`;

const commitsIt = `${helpers} fs.writeFileSync("README.md", "committed\\n"); cp(["add", "-A"]); cp(["commit", "-qm", "its own"]);`;

async function killed(script: string, when: "it runs" | "its work is pushed") {
  const [repository, town, state] = [makeRepository(), await makeTown(), temporaryFolder()];
  const host = await spawnHost(state);
  const mark = join(temporaryFolder(), "mark");
  const hook = join(repository.url, "hooks", "pre-receive");
  const runsOn = `fs.writeFileSync(${JSON.stringify(mark)}, ""); setInterval(() => {}, 1000);`;
  if (when === "its work is pushed") writeFileSync(hook, `#!/bin/sh\nkill -9 ${host.child.pid}\n`, { mode: 0o755 });
  await host.start(startOf(town, repository.url, { command: agent(when === "it runs" ? script + runsOn : script) }));
  if (when === "it runs") {
    await until(() => existsSync(mark));
    host.child.kill("SIGKILL");
  }
  await host.exited;
  writeFileSync(hook, "#!/bin/sh\n");
  const gitDir = join(state, "git/work/demo", readdirSync(join(state, "git/work/demo"))[0] ?? "", "fix-it-1");
  const workTree = gitDir.replace("/git/work/", "/work/");
  const saved = async () => {
    await makeHost({ state });
    const { message } = (await town.last(1)) as { message: string };
    const [mirror = ""] = readdirSync(join(state, "rigs/demo"));
    const kept = join(state, "rigs/demo", mirror);
    const file = (path: string) => git(kept, "show", `refs/kept/fix-it:${path}`).trim();
    return { message, file, log: () => git(kept, "log", "--format=%s", "refs/kept/fix-it").trim().split("\n") };
  };
  return { state, gitDir, workTree, saved };
}

const isSaved = expect.stringContaining("What it had done is commit");

test("a folder into which objects were being linked is not gone on with", async () => {
  const { gitDir, workTree, saved } = await killed(commitsIt, "it runs");
  const objects = join(workTree, ".git/objects");
  for (const folder of readdirSync(objects).filter((name) => name.length === 2)) {
    mkdirSync(join(`${gitDir}.incoming/objects`, folder), { recursive: true });
    for (const name of readdirSync(join(objects, folder)))
      writeFileSync(join(`${gitDir}.incoming/objects`, folder, name), "");
  }
  const { message, log } = await saved();
  expect(message).toEqual(isSaved);
  expect(log()).toEqual(["its own", "start"]);
});

test("locks of a git that was killed keep nothing from being taken as it is", async () => {
  const { gitDir, saved } = await killed(commitsIt, "it runs");
  mkdirSync(join(gitDir, "refs/heads/agent"), { recursive: true });
  for (const lock of ["index.lock", "config.lock", "refs/heads/agent/0.lock"]) writeFileSync(join(gitDir, lock), "");
  const { message, log } = await saved();
  expect(message).toEqual(isSaved);
  expect(log()).toEqual(["its own", "start"]);
});

test("a lock that was left in the mirror long ago keeps no work from being kept there", async () => {
  const { state, saved } = await killed(commitsIt, "it runs");
  const [mirror = ""] = readdirSync(join(state, "rigs/demo"));
  const lock = join(state, "rigs/demo", mirror, "refs/kept/fix-it.lock");
  mkdirSync(dirname(lock), { recursive: true });
  writeFileSync(lock, "");
  utimesSync(lock, new Date(0), new Date(0));
  const { message, log } = await saved();
  expect(message).toEqual(isSaved);
  expect(log()).toEqual(["its own", "start"]);
});

test("changes that were taken in already, and not pushed, are changes still", async () => {
  // By the next second an index is believed about a file that it knows, and the file is not read again.
  const later = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);";
  const { saved } = await killed(`fs.writeFileSync("README.md", "changed\\n"); ${later}`, "its work is pushed");
  const { message, file } = await saved();
  expect(message).toEqual(isSaved);
  expect(file("README.md")).toBe("changed");
});

test("repositories whose .git was put aside already are folders still", async () => {
  const nested = `${helpers} cp(["init", "-q", "lib"]); fs.writeFileSync("lib/a.txt", "a\\n");
    cp(["add", "a.txt"], "lib"); cp(["commit", "-qm", "inside"], "lib"); cp(["add", "lib"]); cp(["commit", "-qm", "its own"]);`;
  const { saved } = await killed(nested, "its work is pushed");
  const { message, file } = await saved();
  expect(message).toEqual(isSaved);
  expect(file("lib/a.txt")).toBe("a");
});

test("a repository that was put aside is not in the way of another one", async () => {
  const nested = `${helpers} cp(["init", "-q", "lib"]); fs.writeFileSync("lib/a.txt", "a\\n");`;
  const { gitDir, saved } = await killed(nested, "it runs");
  mkdirSync(join(gitDir, "nested/0/refs"), { recursive: true });
  const { message, file } = await saved();
  expect(message).toEqual(isSaved);
  expect(file("lib/a.txt")).toBe("a");
});

test("a git that the former host left at work is ended before anything is done there", async () => {
  const { gitDir, saved } = await killed(commitsIt, "it runs");
  const left = [gitDir, gitDir.replace("/git/work/", "/git/land/")].map((path) =>
    spawn("sleep", ["600"], { env: { ...process.env, TOWN_GIT_DIR: path }, detached: true, stdio: "ignore" }),
  );
  const other = spawn("sleep", ["600"], { env: { ...process.env, TOWN_GIT_DIR: `${gitDir}0` }, stdio: "ignore" });
  onTestFinished(() => void other.kill());
  expect((await saved()).message).toEqual(isSaved);
  expect([...left, other].map(({ pid }) => isAlive(pid ?? 0))).toEqual([false, false, true]);
});
