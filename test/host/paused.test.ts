/**
 * A host that is stopped past its lease, while a successor on another machine (here: another process with a state of its
 * own) does the bead under a higher fence. When the old one goes on, it must change nothing any more.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Report } from "../../src/protocol/reports.ts";
import { isSignOfLife } from "../../src/protocol/reports.ts";
import type { HostRun } from "../../src/protocol/runs.ts";
import {
  agent,
  git,
  isAlive,
  makeRepository,
  makeTown,
  mergeOf,
  spawnHost,
  startOf,
  temporaryFolder,
  until,
} from "./support.ts";

const LEASE_MS = 2_000;

/** An agent that changes a file, says where it is, and ends when it may. */
function worksUntil(folder: string, name: string): string[] {
  const path = (what: string) => JSON.stringify(join(folder, `${name}-${what}`));
  return agent(`
    fs.writeFileSync("${name}.txt", "by ${name}\\n");
    fs.writeFileSync(${path("cwd")}, process.cwd());
    setInterval(() => {
      if (!fs.existsSync(${path("go")})) return;
      fs.appendFileSync("${name}.txt", "to its end\\n");
      fs.writeFileSync(${path("ended")}, "");
      process.exit(0);
    }, 20);`);
}

async function makeScene() {
  const [repository, town, folder] = [makeRepository(), await makeTown(), temporaryFolder()];
  const [old, successor] = [await spawnHost(temporaryFolder()), await spawnHost(temporaryFolder())];
  const over = new Set<number>();
  town.judge = ({ fence }) => (over.has(fence) ? "fenced" : "ok");
  const reporting = { url: town.url, token: "run-token-1", heartbeatMs: 100, leaseMs: LEASE_MS };
  const go = (name: string) => writeFileSync(join(folder, `${name}-go`), "");
  const oldRun = async (): Promise<HostRun | undefined> => (await old.runs())[0];
  const refs = () => git(repository.url, "ls-remote", ".");

  /** The town gives the bead to the successor, which brings it onto main, and has the next one in its hands. */
  const succeed = async (): Promise<string> => {
    over.add(1);
    await successor.start(startOf(town, repository.url, { fence: 2, command: worksUntil(folder, "new") }));
    go("new");
    const { head } = (await town.last(2)) as Extract<Report, { kind: "finished" }>;
    await successor.merge(mergeOf(town, repository.url, { head, fence: 3, branch: "town/fix-it/2" }));
    expect(await town.last(3)).toMatchObject({ kind: "landed" });
    await until(() => !repository.branches().includes("town/fix-it/2")); // tidied up: the remote is at rest
    const next = { fence: 4, bead: "next-one", agent: "bob", command: worksUntil(folder, "next") };
    await successor.start(startOf(town, repository.url, next));
    return until(() => readIfWritten(join(folder, "next-cwd")));
  };
  return { repository, town, folder, old, over, reporting, go, oldRun, refs, succeed };
}
type Scene = Awaited<ReturnType<typeof makeScene>>;

const readIfWritten = (path: string): string | null => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
};

function hashOf(workingCopy: string): string {
  const hash = createHash("sha256").update(git(workingCopy, "rev-parse", "HEAD"));
  for (const name of readdirSync(workingCopy).sort())
    hash.update(name).update(readIfWritten(join(workingCopy, name)) ?? "");
  return hash.digest("hex");
}

/** The old host has been stopped: now its lease runs out, the successor works, and the old one goes on. */
async function resumeIntoThePast({ repository, town, old, refs, succeed, oldRun }: Scene, pgid: number) {
  await sleep(LEASE_MS + 100);
  const workingCopy = await succeed();
  const [refsBefore, hashBefore, reportsBefore] = [refs(), hashOf(workingCopy), town.of(1).length];
  old.child.kill("SIGCONT");
  if (isAlive(pgid)) process.kill(-pgid, "SIGCONT");

  await until(async () => (await oldRun())?.state === "ended");
  await sleep(500); // whatever it might still want to do
  // It asks before it judges its lease, hears that it is fenced, and then has nothing more to say.
  expect(town.of(1).length).toBeGreaterThan(reportsBefore);
  expect(new Set(town.of(1).map(({ kind }) => kind))).toEqual(new Set(["heartbeat"]));
  expect(isAlive(pgid)).toBe(false);
  expect(refs()).toBe(refsBefore);
  expect(hashOf(workingCopy)).toBe(hashBefore);
  expect(repository.branches()).toEqual(["main"]);
  expect(repository.file("new.txt")).toBe("by new\nto its end");
  expect(() => repository.file("old.txt")).toThrow();
}

async function startOldRun({ repository, town, folder, old, reporting, oldRun }: Scene, more = {}): Promise<number> {
  const command = worksUntil(folder, "old");
  await old.start(startOf(town, repository.url, { command, reporting: { ...reporting, ...more } }));
  await until(() => readIfWritten(join(folder, "old-cwd")));
  return until(async () => (await oldRun())?.pid);
}

test.runIf(process.platform === "linux")("host and agent stopped in the middle of the work", async () => {
  const scene = await makeScene();
  const pgid = await startOldRun(scene);
  scene.old.child.kill("SIGSTOP");
  process.kill(-pgid, "SIGSTOP");
  scene.go("old");
  await resumeIntoThePast(scene, pgid);
});

test.runIf(process.platform === "linux")("only the host stopped: its agent goes on and ends its work", async () => {
  const scene = await makeScene();
  const pgid = await startOldRun(scene);
  scene.old.child.kill("SIGSTOP");
  scene.go("old");
  await until(() => readIfWritten(join(scene.folder, "old-ended")) !== null);
  await resumeIntoThePast(scene, pgid);
});

test.runIf(process.platform === "linux")(
  "stopped right before its push, the town's yes to it already on its way",
  async () => {
    const scene = await makeScene();
    const { town, old, over, folder } = scene;
    const pgid = await startOldRun(scene);
    let asked = false;
    town.judge = ({ fence }) => {
      if (over.has(fence)) return "fenced";
      // The agent has ended, so this is the question before the push, or the very last heartbeat before it.
      if (fence === 1 && !asked && readIfWritten(join(folder, "old-ended")) !== null && !isAlive(pgid)) {
        asked = true;
        old.child.kill("SIGSTOP");
      }
      return "ok";
    };
    scene.go("old");
    await until(() => asked);
    await resumeIntoThePast(scene, pgid);
  },
);

test.runIf(process.platform === "linux")(
  "a landing stopped while its push is on its way loses against the successor's",
  async () => {
    const { repository, town, old, over, reporting, succeed, refs, folder } = await makeScene();
    const head = repository.push("town/old-one/7", "origin/main", { "old.txt": "old" });
    // main moves, so that the landing is a commit of its own.
    repository.push("main", "origin/main", { "b.txt": "b" });
    const at = (name: string) => join(folder, name);
    // The remote holds the first push to main, and stops the host that pushes.
    const hook = `#!/bin/sh
read -r before after ref
[ "$ref" = refs/heads/main ] && mkdir '${at("held")}' 2>/dev/null || exit 0
kill -STOP ${old.child.pid}
until [ -e '${at("release")}' ]; do sleep 0.05; done
`;
    writeFileSync(join(repository.url, "hooks", "pre-receive"), hook, { mode: 0o755 });
    const merge = mergeOf(town, repository.url, { head, bead: "old-one", branch: "town/old-one/7", fence: 1 });
    await old.merge({ ...merge, reporting });
    await until(() => readdirSync(folder).includes("held"));
    await sleep(LEASE_MS + 100);
    await succeed();
    over.add(1);
    const refsBefore = refs();
    writeFileSync(at("release"), ""); // the push goes on by itself, its host still stopped
    await sleep(500);
    old.child.kill("SIGCONT");
    await until(
      async () => (JSON.parse((await old.call("GET", "/v1/health")).text) as { landings: number }).landings === 0,
    );
    await sleep(500);
    expect(town.of(1).every(isSignOfLife)).toBe(true);
    expect(refs()).toBe(refsBefore);
    expect(() => repository.file("old.txt")).toThrow();
  },
);
