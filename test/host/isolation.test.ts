import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { findIsolation } from "../../host/isolation.ts";
import {
  agent,
  linesOf,
  makeHost,
  makeRepository,
  makeTown,
  mergeOf,
  startOf,
  temporaryFolder,
  until,
} from "./support.ts";

const isolation = await findIsolation();
const isRoot = process.getuid?.() === 0;

/** Whether a process with this word among its arguments lives. */
function livesWith(word: string): boolean {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(word);
      } catch {
        return false;
      }
    });
}

/** Leaves its group and its environment, so that nothing but a namespace or a user of its own still holds it. */
const flees = (seconds: string) => [
  "/bin/sh",
  "-c",
  `env -i setsid sleep ${seconds} & sleep 0.3; kill -0 $! && echo lives >x`,
];

test.runIf(isolation === "pid-namespace")("what flees its group and its environment ends with its run", async () => {
  const [repository, town] = [makeRepository(), await makeTown()];
  const host = await makeHost({ isolation });
  await host.start(startOf(town, repository.url, { command: flees("31536.01") }));
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
  expect(livesWith("31536.01")).toBe(false);
});

test.runIf(isolation === "pid-namespace")(
  "a stop asks the agent first, and its gate is in a namespace too",
  async () => {
    const [repository, town, folder] = [makeRepository(), await makeTown(), temporaryFolder()];
    const host = await makeHost({ isolation });
    const journal = join(folder, "journal");
    const obeys = agent(`
    process.on("SIGTERM", () => { fs.appendFileSync(${JSON.stringify(journal)}, "asked\\n"); process.exit(0); });
    fs.appendFileSync(${JSON.stringify(journal)}, "begun\\n");
    setInterval(() => {}, 1000);`);
    await host.start(startOf(town, repository.url, { command: obeys }));
    await until(() => linesOf(journal)[0] === "begun");
    expect((await host.stop("amy", 1)).body).toMatchObject({ accepted: true });
    expect(linesOf(journal)).toEqual(["begun", "asked"]);
    const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a\n" });
    await host.merge(mergeOf(town, repository.url, { head, gate: flees("31536.02") }));
    expect(await town.last(9)).toMatchObject({ kind: "landed" });
    expect(livesWith("31536.02")).toBe(false);
  },
);

test("how a program ended is told as if nothing stood between, and nothing else is in its output", async () => {
  const [repository, town] = [makeRepository(), await makeTown()];
  const host = await makeHost({ isolation });
  const ends: [string, object][] = [
    ["echo said; exit 3", { code: "exit_code", message: expect.stringContaining("exited with code 3") }],
    ["echo said; kill -9 $$", { code: "signal", message: expect.stringContaining("SIGKILL") }],
    ["echo said; exit 75", { code: "provider_limited" }],
  ];
  for (const [index, [script, expected]] of ends.entries()) {
    const fence = index + 1;
    await host.start(startOf(town, repository.url, { command: ["/bin/sh", "-c", script], fence }));
    expect(await town.last(fence)).toMatchObject({ kind: "failed", outputTail: "said\n", ...expected });
  }
  await host.start(startOf(town, repository.url, { command: ["./nothing-here"], fence: 4 }));
  expect(await town.last(4)).toMatchObject({ kind: "failed", failure: "refused", code: "command_missing" });
});

test("a preflight says what holds an agent's processes together", async () => {
  const host = await makeHost({ isolation });
  const request = {
    protocol: 1,
    town: "demo",
    rig: { id: "shop", repoUrl: makeRepository().url, defaultBranch: "main" },
  };
  const { body } = await host.call("POST", "/v1/preflight", { ...request, command: ["true"], env: {} });
  const word = isolation === "pid-namespace" ? "PID namespace of its own" : "may outlive its run";
  expect(JSON.stringify(body)).toContain(word);
});

/** A folder that other users can reach, which those of vitest's need not be. */
function openFolder(): string {
  const folder = mkdtempSync("/var/tmp/townkeeper-accounts-");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  return folder;
}

test.runIf(isRoot)(
  "agents of users of their own work and land, and reach neither the host nor one another",
  async () => {
    const town = await makeTown();
    const [repository, folder] = [makeRepository(), openFolder()];
    const state = join(folder, "state");
    // So many that they come as a pack.
    repository.push(
      "main",
      "origin/main",
      Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`f${n}`, `${n}\n`])),
    );
    mkdirSync(state);
    const host = await makeHost({ state, isolation, agentUsers: ["daemon", "games"] });
    const secret = join(state, "host.lock");
    const tries = (other: string) => [
      `id -un >who`,
      `cat ${secret} >lock 2>/dev/null`,
      `ls ${state} ${state}/work ${state}/runs >list 2>/dev/null`,
      `cat /proc/${process.pid}/environ >environment 2>/dev/null`,
      `kill -0 ${process.pid} 2>/dev/null && echo yes >signal`,
      `cat ${state}/work/demo/shop/${other}/README.md >other 2>/dev/null`,
      `git config --global a.b c && git log -1 --format=%s >log`,
      `sleep 1; find . -size 0 -not -path './.git/*' -delete; true`,
    ];
    const command = (other: string) => ["/bin/sh", "-c", tries(other).join("\n")];
    await host.start(startOf(town, repository.url, { command: command("two-2") }));
    await host.start(
      startOf(town, repository.url, { agent: "ben", bead: "two", fence: 2, command: command("fix-it-1") }),
    );
    const first = await town.last(1);
    expect(first).toMatchObject({ kind: "finished" });
    expect(await town.last(2)).toMatchObject({ kind: "finished" });
    const files = (bead: string, fence: number) =>
      execFileSync("git", ["diff", "--name-only", "main", `town/${bead}/${fence}`], {
        cwd: repository.url,
        encoding: "utf8",
      });
    for (const [bead, fence] of [
      ["fix-it", 1],
      ["two", 2],
    ] as const)
      expect(files(bead, fence).trim().split("\n")).toEqual(["log", "who"]);
    const users = [repository.file("who", "town/fix-it/1"), repository.file("who", "town/two/2")];
    expect(users.sort()).toEqual(["daemon", "games"]);
    const head = repository.head("town/fix-it/1");
    const gate = ["/bin/sh", "-c", `test "$(id -un)" != root && git status --short && test ! -r ${secret}`];
    await host.merge(mergeOf(town, repository.url, { head, gate }));
    expect(await town.last(9)).toMatchObject({ kind: "landed" });
  },
);

test.runIf(isRoot)(
  "a further try as another user goes on with what the first one left, and has places of its own",
  async () => {
    const [town, repository] = [await makeTown(), makeRepository()];
    vi.stubEnv("CODEX_HOME", `${process.env.HOME}/.codex`);
    vi.stubEnv("JAVA_HOME", "/usr/lib/jvm");
    onTestFinished(() => void vi.unstubAllEnvs());
    const host = await makeHost({ state: join(openFolder(), "state"), isolation, agentUsers: ["daemon", "games"] });
    const fails = ["/bin/sh", "-c", "echo a > a; git add a; git commit -qm one; echo b > b; exit 1"];
    await host.start(startOf(town, repository.url, { command: fails }));
    expect(await town.last(1)).toMatchObject({ kind: "failed", code: "exit_code" });
    repository.push("main", "origin/main", { "other.txt": "o" });
    const looks = ["/bin/sh", "-c", 'cat a b other.txt > seen && echo "$HOME.$CODEX_HOME.$JAVA_HOME" > places'];
    await host.start(startOf(town, repository.url, { fence: 2, command: looks }));
    expect(await town.last(2)).toMatchObject({ kind: "finished" });
    expect(repository.file("seen", "town/fix-it/2")).toBe("a\nb\no");
    expect(repository.file("places", "town/fix-it/2")).toMatch(/^\/.+\.\.\/usr\/lib\/jvm$/);
  },
);

test.runIf(isRoot)("without a namespace, what runs as a run's own user ends with it", async () => {
  const [town, repository] = [await makeTown(), makeRepository()];
  const host = await makeHost({ state: join(openFolder(), "state"), agentUsers: ["daemon", "games"] });
  await host.start(startOf(town, repository.url, { command: flees("31536.03") }));
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
  expect(livesWith("31536.03")).toBe(false);
});

test("a user that can't be had is refused at the start, with what to do", async () => {
  const start = (agentUsers: string[]) => makeHost({ state: join(openFolder(), "state"), agentUsers });
  if (!isRoot) return expect(start(["daemon"])).rejects.toThrow(/needs the rights of root/);
  await expect(start(["nobody-of-this-name"])).rejects.toThrow(/no such user. Make it with: useradd/);
  await expect(start(["root"])).rejects.toThrow(/that is root itself/);
  const shut = join(openFolder(), "shut");
  mkdirSync(shut, { mode: 0o700 });
  await expect(makeHost({ state: join(shut, "state"), agentUsers: ["daemon"] })).rejects.toThrow(
    /can't reach the state/,
  );
});
