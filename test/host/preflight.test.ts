/** What a host finds before an agent spends anything. */
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { PreflightCheck } from "../../src/protocol/preflight.ts";
import { unlimited } from "./program.ts";
import { git, linesOf, makeHost, makeRepository, temporaryFolder } from "./support.ts";

const opencode = { ...unlimited, preset: "opencode" } as const;

async function look(change: object = {}) {
  const repository = makeRepository();
  const host = await makeHost();
  const rig = { id: "shop", repoUrl: repository.url, defaultBranch: "main" };
  const request = { protocol: 1, town: "demo", rig, command: [process.execPath], env: {}, ...change };
  const { status, body } = await host.call("POST", "/v1/preflight", request);
  const { checks = [] } = body as unknown as { checks?: PreflightCheck[] };
  return { status, repository, of: (name: string) => checks.find((check) => check.name === name) };
}

/** A folder with a program of this name. */
function tool(name: string, script: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  return folder;
}

test("where all is well it says what it found, and the remote is as it was", async () => {
  const bin = tool("opencode", 'echo "9.9.9"');
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const { status, repository, of } = await look({ command: ["opencode"], program: opencode, env });
  expect(status).toBe(200);
  expect(of("repository")).toMatchObject({ ok: true, detail: expect.stringContaining(repository.head()) });
  expect(of("push")?.ok).toBe(true);
  expect(of("command")).toMatchObject({ ok: true, detail: expect.stringMatching(/^opencode 9\.9\.9; /) });
  expect(of("disk")?.ok).toBe(true);
  expect(repository.branches()).toEqual(["main"]);
});

test("a command that is missing, and one that can't even tell its version", async () => {
  const missing = (await look({ command: ["no-such-agent"] })).of("command");
  expect(missing).toMatchObject({
    ok: false,
    detail: "no-such-agent is not on this host's PATH.",
    hint: "Install it there, or give the agent's command as an absolute path.",
  });
  const bin = tool("opencode", "echo broken >&2; exit 3");
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const broken = (await look({ command: ["opencode"], program: opencode, env })).of("command");
  expect(broken).toMatchObject({ ok: false, detail: "opencode --version ended with 3: broken" });
});

test("a wrapper around a preset's tool is not asked for a version: it may know none, as some shells", async () => {
  const bin = tool("wrapper", "exit 2");
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const program = opencode;
  const { of } = await look({ command: ["wrapper", "opencode", "run"], program, env });
  expect(of("command")).toMatchObject({ ok: true, detail: expect.stringMatching(/^wrapper is here; /) });
});

test("a command in the working tree is looked for at the tip of the branch, and not started", async () => {
  const repository = makeRepository();
  const clone = join(repository.url, "../clone");
  const at = async (file: string, preset?: object) => {
    const rig = { id: "shop", repoUrl: repository.url, defaultBranch: "main" };
    return (await look({ rig, command: [file], ...preset })).of("command");
  };
  expect(await at("./run.sh")).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/^\.\/run\.sh is not in the working tree: main \(\w{12}\) has no such file\.$/),
    hint: "Push it to main as an executable file, or give the agent's command as an absolute path.",
  });
  const started = join(temporaryFolder(), "started");
  repository.push("main", "origin/main", { "run.sh": `#!/bin/sh\ntouch ${started}\n` });
  expect(await at("./run.sh")).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/^\.\/run\.sh is not executable/),
    hint: "Make it so and push: git update-index --chmod=+x run.sh",
  });
  mkdirSync(join(clone, "bin"));
  symlinkSync("../run.sh", join(clone, "bin/agent"));
  symlinkSync("/no/such/program", join(clone, "bin/gone"));
  chmodSync(join(clone, "run.sh"), 0o755);
  repository.push("main", "HEAD", {});
  for (const file of ["./run.sh", "bin/agent", "bin/../run.sh"])
    expect(await at(file)).toMatchObject({
      ok: true,
      detail: expect.stringContaining(`${file} is in the working tree`),
    });
  expect(await at("./run.sh", { program: opencode, call: true })).toMatchObject({ ok: true });
  expect(await at("bin/gone")).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/^\/no\/such\/program is not/),
  });
  expect(await at("./bin")).toMatchObject({ ok: false, detail: expect.stringMatching(/^\.\/bin is a folder at main/) });
  expect(await at("../run.sh")).toMatchObject({ ok: false, detail: "../run.sh lies outside of the working tree." });
  git(clone, "update-index", "--add", "--cacheinfo", `160000,${repository.head()},lib`);
  git(clone, "commit", "--quiet", "-m", "A submodule");
  git(clone, "push", "--quiet", "origin", "HEAD:refs/heads/main");
  expect(await at("lib/run.sh")).toMatchObject({ ok: true, detail: expect.stringContaining("is of a submodule") });
  expect(existsSync(started)).toBe(false);
});

test("of a command in a repository that is not there nothing is said", async () => {
  const rig = { id: "shop", repoUrl: "/no/such/repository.git", defaultBranch: "main" };
  expect((await look({ rig, command: ["./run.sh"] })).of("command")).toBeUndefined();
});

test("any other command is not started", async () => {
  const folder = temporaryFolder();
  const bin = tool("mine", `touch ${folder}/started`);
  const { of } = await look({ command: ["mine"], env: { PATH: `${bin}:${process.env.PATH}` } });
  expect(of("command")).toMatchObject({ ok: true, detail: expect.stringMatching(/^mine is here; /) });
  expect(() => chmodSync(join(folder, "started"), 0o600)).toThrow("ENOENT");
});

test("a repository that is not there, and a branch that is not there", async () => {
  const gone = await look({ rig: { id: "shop", repoUrl: "/no/such/repository.git", defaultBranch: "main" } });
  expect(gone.of("repository")).toMatchObject({
    ok: false,
    detail: expect.stringContaining("/no/such/repository.git"),
  });
  expect(gone.of("push")).toBeUndefined();
  const other = makeRepository();
  const branch = await look({ rig: { id: "shop", repoUrl: other.url, defaultBranch: "trunk" } });
  expect(branch.of("repository")).toMatchObject({ ok: false, detail: expect.stringContaining("no branch trunk") });
});

test("credentials stay on the host", async () => {
  const bin = tool("opencode", 'echo "$API_KEY"; exit 1');
  const env = { PATH: `${bin}:${process.env.PATH}`, API_KEY: "s3cret-s3cret" };
  const { of } = await look({ command: ["opencode"], program: opencode, env });
  expect(of("command")?.detail).toContain("***");
  expect(of("command")?.detail).not.toContain("s3cret-s3cret");
});

const spoken = { ...unlimited, preset: "exec", driver: "acp" };
const acp = (how: string) => [process.execPath, join(import.meta.dirname, "acp-agent.mjs"), how];

test.each([
  ["nothing", { ok: true, detail: "the tool's own choice answers" }],
  ["auth", { ok: false, detail: expect.stringMatching(/auth/i) }],
  ["limit", { ok: false, detail: expect.stringContaining("429") }],
])("a call, where it is asked for, tells whether the model answers: %s", async (how, found) => {
  const before = (await look({ command: acp(how), program: spoken })).of("model");
  expect(before).toBeUndefined();
  expect((await look({ command: acp(how), program: spoken, call: true })).of("model")).toMatchObject(found);
});

test("a command of one's own is not started even then", async () => {
  const { of } = await look({ command: ["false"], call: true });
  expect([of("command")?.ok, of("model")]).toEqual([true, undefined]);
});

test("a branch is pushed for real, and gone after it", async () => {
  const repository = makeRepository();
  const journal = join(temporaryFolder(), "pushed");
  const hook = join(repository.url, "hooks", "update");
  writeFileSync(hook, `#!/bin/sh\necho "$1" >> ${journal}\n`);
  chmodSync(hook, 0o755);
  const rig = { id: "shop", repoUrl: repository.url, defaultBranch: "main", branchPrefix: "bots/town-" };
  expect((await look({ rig })).of("push")).toMatchObject({
    ok: true,
    detail: expect.stringMatching(/^the remote takes branches; whether it takes a push to main shows/),
  });
  const [pushed = "", deleted] = linesOf(journal);
  expect(pushed).toMatch(/^refs\/heads\/bots\/town-preflight\/[0-9a-f]{8}$/);
  expect(deleted).toBe(pushed);
  expect(repository.branches()).toEqual(["main"]);
});

test("a remote that declines branches is found out with its words, which a dry run never hears", async () => {
  const repository = makeRepository();
  const hook = join(repository.url, "hooks", "pre-receive");
  writeFileSync(hook, `#!/bin/sh\necho "GitLab: Branch name does not follow the pattern '^feature/'" >&2; exit 1\n`);
  chmodSync(hook, 0o755);
  const rig = { id: "shop", repoUrl: repository.url, defaultBranch: "main" };
  expect((await look({ rig })).of("push")).toMatchObject({
    ok: false,
    detail: expect.stringContaining("Branch name does not follow the pattern"),
    hint: expect.stringMatching(/^Let the remote take branches such as town\/preflight/),
  });
});

test("a branch that is in the way of all others is named", async () => {
  const repository = makeRepository();
  git(repository.url, "branch", "town", "main");
  const rig = { id: "shop", repoUrl: repository.url, defaultBranch: "main" };
  expect((await look({ rig })).of("push")).toMatchObject({
    ok: false,
    detail: "The remote's branch town is in the way of branches below town/.",
    hint: expect.stringContaining("branchPrefix"),
  });
  expect((await look({ rig: { ...rig, branchPrefix: "bots/" } })).of("push")?.ok).toBe(true);
});

test("a default branch that is checked out comes with the one command that mends it", async () => {
  const repository = makeRepository();
  const repoUrl = join(repository.url, "../clone");
  git(repoUrl, "checkout", "--quiet", "-B", "main", "origin/main");
  const rig = { id: "shop", repoUrl, defaultBranch: "main" };
  const push = (await look({ rig })).of("push");
  expect(push).toMatchObject({ ok: false, detail: expect.stringContaining("main is checked out in") });
  const command = /git -C \S+ config receive\.denyCurrentBranch updateInstead$/.exec(push?.hint ?? "")?.[0];
  git("/", ...(command ?? "").split(" ").slice(1));
  expect((await look({ rig })).of("push")?.ok).toBe(true);
});

test("a tool is tried in an empty repository, with the environment of a run", async () => {
  const file = join(temporaryFolder(), "seen");
  const bin = tool(
    "opencode",
    `(git rev-parse --is-inside-work-tree; git log; echo "$TOWN_RIG $CLAUDECODE.") > ${file} 2>&1; echo 9.9.9`,
  );
  vi.stubEnv("CLAUDECODE", "1");
  onTestFinished(() => void vi.unstubAllEnvs());
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const { of } = await look({ command: ["opencode"], program: opencode, env });
  expect(of("command")?.ok).toBe(true);
  expect(linesOf(file)).toEqual(["true", expect.stringContaining("does not have any commits"), "shop ."]);
});

const claude = { ...opencode, preset: "claude" } as const;
const codex = { ...opencode, preset: "codex" } as const;

test.each([
  ["claude", claude, 'echo "2.1.197 (Claude Code)"', `echo '{"loggedIn": true}'`, true],
  ["claude", claude, 'echo "2.1.197 (Claude Code)"', `echo '{"loggedIn": false}'; exit 1`, false],
  ["codex", codex, 'echo "codex-cli 0.171.0"', 'echo "Logged in using ChatGPT" >&2', true],
  ["codex", codex, 'echo "codex-cli 0.171.0"', 'echo "Not logged in" >&2; exit 1', false],
])("%s says by its own command whether it is logged in", async (name, program, version, status, isIn) => {
  const bin = tool(name, `case "$*" in --version) ${version};; *status) ${status};; esac`);
  const env = { PATH: `${bin}:${process.env.PATH}`, HOME: temporaryFolder() };
  const { of } = await look({ command: [name], program, env });
  expect(of("login")).toMatchObject({ ok: isIn, hint: isIn ? null : expect.stringContaining("Log it in") });
});

test("who needs no login, or can't tell, is not asked for it", async () => {
  const bin = tool(
    "codex",
    'case "$*" in --version) echo "codex-cli 0.171.0";; *) echo "Not logged in"; exit 1;; esac',
  );
  const PATH = `${bin}:${process.env.PATH}`;
  const byKey = await look({ command: ["codex"], program: codex, env: { PATH, CODEX_API_KEY: "sk-of-its-own" } });
  expect(byKey.of("login")).toMatchObject({ ok: true, detail: "a key is in its environment" });
  const CODEX_HOME = temporaryFolder();
  writeFileSync(join(CODEX_HOME, "config.toml"), 'model_provider = "ours"\n');
  const byProvider = await look({ command: ["codex"], program: codex, env: { PATH, CODEX_HOME } });
  expect(byProvider.of("login")?.ok).toBe(true);
  const old = tool(
    "claude",
    'case "$*" in --version) echo "2.0.1 (Claude Code)";; *) echo asked > /dev/stderr; exit 1;; esac',
  );
  const { of } = await look({ command: ["claude"], program: claude, env: { PATH: `${old}:${process.env.PATH}` } });
  expect(of("command")?.ok).toBe(true);
  expect(of("login")).toBeUndefined();
});
