/** What of the host's own environment and git configuration reaches agents, gates and the host's git. */
import { chmodSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { unlimited } from "./program.ts";
import { agent, linesOf, makeHost, makeRepository, makeTown, mergeOf, startOf, temporaryFolder } from "./support.ts";

/** Variables of the host's for one test. */
function withEnv(env: Record<string, string>): void {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

/** A git configuration as the user's own. */
function withGitConfig(text: string): void {
  const path = join(temporaryFolder(), "gitconfig");
  writeFileSync(path, text);
  withEnv({ GIT_CONFIG_GLOBAL: path });
}

function script(text: string): string {
  const path = join(temporaryFolder(), "script");
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** An agent that leaves its environment in its work. */
const tellsItsEnv = agent(`fs.writeFileSync("env.json", JSON.stringify(process.env)); fs.writeFileSync("left", "");`);
const claude = { ...unlimited, preset: "claude" } as const;

async function envOfRun(change: object, hostOptions: object = {}): Promise<Record<string, string>> {
  const [town, host, repository] = [await makeTown(), await makeHost(hostOptions), makeRepository()];
  await host.start(startOf(town, repository.url, { command: tellsItsEnv, ...change }));
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
  return JSON.parse(repository.file("env.json", "town/fix-it/1"));
}

test("an agent gets what is listed and what it is given, and nothing else of the host's", async () => {
  withEnv({ DEPLOY_TOKEN: "for-the-host-alone", SOME_SETTING: "1", SSL_CERT_FILE: "/ca.pem", https_proxy: "http://p" });
  withEnv({ ANTHROPIC_API_KEY: "sk-of-the-host", OPENAI_API_KEY: "sk-of-another", PASSED_ON: "yes" });
  const env = await envOfRun({ env: { GIVEN: "by the town" } }, { passEnv: ["PASSED_ON"] });
  expect(env).toMatchObject({ GIVEN: "by the town", SSL_CERT_FILE: "/ca.pem", https_proxy: "http://p" });
  expect(env).toMatchObject({ PASSED_ON: "yes", HOME: process.env.HOME, PATH: process.env.PATH });
  for (const name of ["DEPLOY_TOKEN", "SOME_SETTING", "ANTHROPIC_API_KEY", "OPENAI_API_KEY"])
    expect(env[name]).toBeUndefined();
});

test("a tool gets its own keys and settings, and nothing by which it would know that it runs inside another agent", async () => {
  withEnv({ ANTHROPIC_API_KEY: "sk-of-the-host", CLAUDE_CONFIG_DIR: "/config", OPENAI_API_KEY: "sk-of-another" });
  withEnv({ CLAUDECODE: "1", CLAUDE_CODE_ENTRYPOINT: "cli", CLAUDE_CODE_SSE_PORT: "1", CODEX_SANDBOX: "seatbelt" });
  const env = await envOfRun({ program: claude });
  expect(env).toMatchObject({ ANTHROPIC_API_KEY: "sk-of-the-host", CLAUDE_CONFIG_DIR: "/config" });
  const inner = ["CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT", "CODEX_SANDBOX", "OPENAI_API_KEY"];
  for (const name of inner) expect(env[name]).toBeUndefined();
});

test("a gate gets no agent's keys", async () => {
  withEnv({ ANTHROPIC_API_KEY: "sk-of-the-host", DEPLOY_TOKEN: "for-the-host-alone", CURL_CA_BUNDLE: "/ca.pem" });
  const [town, host, repository] = [await makeTown(), await makeHost(), makeRepository()];
  const head = repository.push("town/fix-it/1", "origin/main", { "new.txt": "x" });
  const file = join(temporaryFolder(), "env");
  const gate = agent(`fs.writeFileSync(${JSON.stringify(file)}, Object.keys(process.env).join("\\n"));`);
  await host.merge(mergeOf(town, repository.url, { head, gate }));
  expect(await town.last(9)).toMatchObject({ kind: "landed" });
  expect(linesOf(file)).toContain("CURL_CA_BUNDLE");
  expect(linesOf(file)).not.toContain("ANTHROPIC_API_KEY");
  expect(linesOf(file)).not.toContain("DEPLOY_TOKEN");
});

/** What breaks git where a shell or an editor left it behind. */
const ofGit = {
  ...{ GIT_AUTHOR_DATE: "no date at all", GIT_COMMITTER_DATE: "no date at all", GIT_LITERAL_PATHSPECS: "1" },
  ...{ GIT_AUTHOR_NAME: "Somebody Else", GIT_INDEX_FILE: "/nowhere/index", GIT_DIR: "/nowhere", GIT_TRACE: "1" },
  ...{
    GIT_EDITOR: "false",
    EDITOR: "false",
    GIT_PAGER: "false",
    GIT_MERGE_AUTOEDIT: "yes",
    GIT_TEMPLATE_DIR: "/nowhere",
  },
};

test("git works in the host and in its agents whatever the keeper's shell has set for it", async () => {
  const [town, repository] = [await makeTown(), makeRepository()];
  withEnv(ofGit);
  const host = await makeHost();
  const command = ["/bin/sh", "-ec", "echo a > a; git add :/a; git commit -q -m one; git commit --amend; git log"];
  await host.start(startOf(town, repository.url, { command }));
  const finished = await town.last(1);
  expect(finished).toMatchObject({ kind: "finished" });
  await host.merge(mergeOf(town, repository.url, { head: (finished as { head: string }).head }));
  expect(await town.last(9)).toMatchObject({ kind: "landed" });
  vi.unstubAllEnvs();
  expect(repository.file("a")).toBe("a");
});

test("a signature that asks a person, and a rule against bare repositories, are not for agents", async () => {
  const hangs = script("sleep 600");
  withGitConfig(
    `[user]\n\tsigningKey = me\n[commit]\n\tgpgSign = true\n[tag]\n\tgpgSign = true\n[gpg]\n\tprogram = ${hangs}\n` +
      `[core]\n\teditor = ${hangs}\n\tpager = ${hangs}\n\taskPass = ${hangs}\n[safe]\n\tbareRepository = explicit\n`,
  );
  const [town, host, repository] = [await makeTown(), await makeHost(), makeRepository()];
  const steps = "git init -q --bare b.git; (cd b.git && git rev-parse --git-dir); rm -rf b.git; echo a > a; git add a";
  const command = ["/bin/sh", "-ec", `${steps}; git commit -q -m one; git tag -a v1 -m v1; git commit --amend`];
  await host.start(startOf(town, repository.url, { command, maxRunMs: 10_000 }));
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
  const { head } = (await town.last(1)) as { head: string };
  await host.merge(mergeOf(town, repository.url, { head }));
  expect(await town.last(9)).toMatchObject({ kind: "landed" });
});

test("the user's own ssh command is used, by the host and by its agents", async () => {
  const journal = join(temporaryFolder(), "journal");
  const ssh = script(`echo "${"$"}{TOWN_AGENT:-host}" >> ${journal}; for last; do :; done; eval "$last"`);
  withGitConfig(`[core]\n\tsshCommand = ${ssh}\n`);
  const [town, host, repository] = [await makeTown(), await makeHost(), makeRepository()];
  const url = `ssh://somewhere.invalid${repository.url}`;
  const command = ["/bin/sh", "-ec", "echo a > a; git ls-remote -q origin"];
  await host.start(startOf(town, url, { command }));
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
  expect(linesOf(journal)).toEqual(expect.arrayContaining(["host", "amy"]));
});

test("a remote that asks for a password is answered by nobody: no askpass program is started", async () => {
  const journal = join(temporaryFolder(), "journal");
  const asks = script(`echo asked >> ${journal}; sleep 600`);
  withEnv({ GIT_ASKPASS: asks, SSH_ASKPASS: asks, DISPLAY: ":0" });
  withGitConfig(`[core]\n\taskPass = ${asks}\n`);
  const remote = createServer((_, response) => response.writeHead(401, { "www-authenticate": "Basic" }).end());
  await new Promise<void>((resolve) => remote.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void remote.close());
  const [town, host, repository] = [await makeTown(), await makeHost(), makeRepository()];
  const url = `http://127.0.0.1:${(remote.address() as AddressInfo).port}/shop.git`;
  await host.start(startOf(town, url, { rig: { id: "far", repoUrl: url, defaultBranch: "main" } }));
  expect(await town.last(1)).toMatchObject({ kind: "failed" });
  const command = ["/bin/sh", "-c", `git ls-remote ${url}; echo a > a`];
  await host.start(startOf(town, repository.url, { fence: 2, command }));
  expect(await town.last(2)).toMatchObject({ kind: "finished" });
  expect(linesOf(journal)).toEqual([]);
});
