import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { redact } from "../../host/redact.ts";
import {
  agent,
  git,
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

test("a run pushes what the agent left to its own branch and reports finished", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const answer = await host.start(startOf(town, repository.url));
  expect(answer.status).toBe(202);
  expect(answer.body.accepted).toBe(true);
  const last = await town.last(1);
  expect(last).toMatchObject({ kind: "finished", agent: "amy", bead: "fix-it", fence: 1 });
  expect(last).toMatchObject({ head: repository.head("town/fix-it/1"), outputTail: "worked\n" });
  expect(repository.file("fix-it.txt", "town/fix-it/1")).toBe("done");
  expect(git(repository.url, "log", "-1", "--format=%s %an %ae", "town/fix-it/1")).toBe(
    "Fix it amy amy@demo.townkeeper.invalid",
  );
  expect(repository.count()).toBe(1);
  // What it printed goes beside the heartbeats, and may overtake one.
  const seqs = town
    .of(1)
    .map((report) => report.seq)
    .sort((a, b) => a - b);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  expect(new Set(town.bearers)).toEqual(new Set(["run-token-1"]));
  const [run] = await host.runs();
  expect(run).toMatchObject({ fence: 1, state: "ended", pid: null });
  await until(() => !existsSync(join(host.state, "work/demo/shop/fix-it-1")));
});

test("a title of many lines and colours is one plain line in history", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const title = "\u001b[31mFix it\u0007\r\n\nBead: other-1\u202e now";
  await host.start(startOf(town, repository.url, { title }));
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
  expect(git(repository.url, "log", "-1", "--format=%s", "town/fix-it/1")).toBe("[31mFix it Bead: other-1 now");
  expect(git(repository.url, "log", "-1", "--format=%B", "town/fix-it/1")).not.toMatch(
    /(?!\n)[\p{Cc}\p{Bidi_Control}]/u,
  );
});

test("the agent gets prompt, place and names, and none of the host's secrets", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  process.env.TOWNKEEPER_SOMETHING = "secret";
  process.env.npm_config_thing = "npm";
  const script = `
    const stdin = fs.readFileSync(0, "utf8");
    const { env, argv } = process;
    const file = fs.readFileSync(env.TOWN_PROMPT_FILE, "utf8");
    fs.writeFileSync("seen.json", JSON.stringify({ stdin, file, args: argv.slice(1), cwd: process.cwd(), env }));`;
  const command = [...agent(script), "{prompt}", "{prompt_file}", "x{prompt}"];
  await host.start(startOf(town, repository.url, { command, env: { EXTRA: "1", TOWN_FENCE: "99" } }));
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
  const seen = JSON.parse(repository.file("seen.json", "town/fix-it/1"));
  expect(seen).toMatchObject({ stdin: "Fix it.", file: "Fix it." });
  expect(seen.args).toEqual(["Fix it.", seen.env.TOWN_PROMPT_FILE, "x{prompt}"]);
  expect(seen.env).toMatchObject({
    TOWN_NAME: "demo",
    TOWN_AGENT: "amy",
    TOWN_BEAD: "fix-it",
    TOWN_FENCE: "1",
    PWD: seen.cwd, // some programs work there, whatever their folder is
    EXTRA: "1",
  });
  expect(seen.env).toMatchObject({ TOWN_RIG: "shop", TOWN_BRANCH: "town/fix-it/1", TOWN_WORKTREE: seen.cwd });
  expect(Object.keys(seen.env).filter((name) => /^(TOWNKEEPER_|npm_|INIT_CWD)/.test(name))).toEqual([
    "TOWNKEEPER_INBOX",
  ]);
  expect(seen.env.TOWN_PROMPT_FILE.startsWith(seen.cwd)).toBe(false);
});

test("commits the agent made itself are pushed as they are, with what it left beside them", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const script = `
    const { execFileSync } = require("node:child_process");
    fs.writeFileSync("one.txt", "1");
    execFileSync("git", ["add", "-A"]); execFileSync("git", ["commit", "-qm", "mine"]);
    fs.writeFileSync("two.txt", "2");`;
  await host.start(startOf(town, repository.url, { command: agent(script) }));
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
  expect(git(repository.url, "log", "--format=%s", "town/fix-it/1")).toBe("Fix it\nmine\nstart");
});

test("an agent that never reads a large prompt does no harm", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const command = agent(`fs.closeSync(0); fs.writeFileSync("a.txt", "a");`);
  await host.start(startOf(town, repository.url, { command, prompt: "x".repeat(900_000) }));
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
});

test("what the agent left running ends with it, even in a session of its own", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const script = `
    const { spawn } = require("node:child_process");
    const pids = [false, true].map((detached) =>
      spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached, stdio: "ignore" }).pid);
    fs.writeFileSync("pids.json", JSON.stringify(pids));
    process.exit(0);`;
  await host.start(startOf(town, repository.url, { command: agent(script) }));
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
  const pids = JSON.parse(repository.file("pids.json", "town/fix-it/1")) as number[];
  expect(pids.map(isAlive)).toEqual([false, false]);
});

test("an agent that exits 1 is reported with its code and what it said last", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const command = agent(`console.error("no idea how"); process.exit(1);`);
  await host.start(startOf(town, repository.url, { command }));
  const last = await town.last(1);
  expect(last).toMatchObject({
    kind: "failed",
    failure: "agent_failed",
    code: "exit_code",
    outputTail: "no idea how\n",
  });
  expect(last).toMatchObject({ message: expect.stringMatching(/code 1.*no idea how/) });
  expect(repository.branches()).toEqual(["main"]);
});

test("an agent ended by a signal is reported as such", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  await host.start(startOf(town, repository.url, { command: agent(`process.kill(process.pid, "SIGKILL");`) }));
  expect(await town.last(1)).toMatchObject({
    kind: "failed",
    code: "signal",
    message: expect.stringContaining("SIGKILL"),
  });
});

test("an agent that changes nothing has failed", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  await host.start(startOf(town, repository.url, { command: agent("") }));
  expect(await town.last(1)).toMatchObject({ kind: "failed", failure: "agent_failed", code: "no_commit" });
});

test("an agent that hangs is ended with its children after its time, however deaf", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  const command = agent(`
    const { spawn } = require("node:child_process");
    const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);";
    const child = spawn(process.execPath, ["-e", deaf], { stdio: "ignore" });
    fs.writeFileSync(${JSON.stringify(journal)}, child.pid + "\\n" + process.pid);
    eval(deaf);`);
  await host.start(startOf(town, repository.url, { command, maxRunMs: 700 }));
  expect(await town.last(1)).toMatchObject({ kind: "failed", failure: "agent_failed", code: "run_timeout" });
  expect(linesOf(journal).map(Number).map(isAlive)).toEqual([false, false]);
});

test("a repository that can't be cloned is reported with git's own words", async () => {
  const [town, host] = [await makeTown(), await makeHost()];
  expect((await host.start(startOf(town, "http://127.0.0.1:9/none.git"))).status).toBe(202);
  const last = await town.last(1);
  expect(last).toMatchObject({ kind: "failed", failure: "unreachable", code: "clone_failed" });
  expect(last).toMatchObject({ message: expect.stringContaining("unable to access 'http://127.0.0.1:9/none.git/'") });
  const repository = makeRepository();
  await host.start(startOf(town, repository.url, { fence: 2 }));
  expect(await town.last(2)).toMatchObject({ kind: "finished" });
  rmSync(repository.url, { recursive: true });
  await host.start(startOf(town, repository.url, { fence: 3 }));
  expect(await town.last(3)).toMatchObject({ kind: "failed", failure: "unreachable", code: "fetch_failed" });
});

test("credentials are taken out of whatever leaves the host", async () => {
  expect(redact("cannot reach https://me:hunter22@git.invalid/x: no")).toBe(
    "cannot reach https://***@git.invalid/x: no",
  );
  expect(redact("Authorization: Bearer abcdefgh12345678")).toBe("Authorization: Bearer ***");
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const command = agent("console.log('using', process.env.MODEL_API_KEY); process.exit(1);");
  await host.start(startOf(town, repository.url, { command, env: { MODEL_API_KEY: "sk-very-secret" } }));
  expect(await town.last(1)).toMatchObject({ code: "exit_code", outputTail: "using ***\n" });
});

test("a missing default branch and a remote that refuses pushes are told apart", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const rig = { id: "shop", repoUrl: repository.url, defaultBranch: "trunk" };
  await host.start(startOf(town, repository.url, { rig }));
  expect(await town.last(1)).toMatchObject({
    failure: "rig_trouble",
    code: "no_branch",
    message: expect.stringContaining("trunk"),
  });
  git(repository.url, "config", "receive.denyCurrentBranch", "refuse");
  git(repository.url, "config", "transfer.hideRefs", "refs/heads/town");
  await host.start(startOf(town, repository.url, { fence: 2 }));
  expect(await town.last(2)).toMatchObject({ kind: "failed", failure: "rig_trouble", code: "protected" });
});

test("heartbeats begin before the clone and say when the agent last spoke", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  await host.start(startOf(town, repository.url, { command: sleeper(journal) }));
  expect((await until(() => town.of(1)[0])).kind).toBe("heartbeat");
  await until(() => town.of(1).some((each) => each.kind === "heartbeat" && each.agentActiveAtMs !== null));
  const [run] = await host.runs();
  expect(run).toMatchObject({ state: "running", exitedAtMs: null });
  expect(isAlive(run?.pid ?? 0)).toBe(true);
  await host.stop("amy", 1);
});

test("a last word that can't be delivered is tried again until it can", async () => {
  let refusals = 1;
  const town = await makeTown((report) => (report.kind === "finished" && refusals-- > 0 ? 503 : "ok"));
  const [repository, host] = [makeRepository(), await makeHost()];
  await host.start(startOf(town, repository.url));
  await until(() => town.reports.filter((each) => each.kind === "finished").length === 2);
  const seqs = town.reports.filter((each) => each.kind === "finished").map((each) => each.seq);
  expect(new Set(seqs).size).toBe(1);
  await haveWitness(town, host);
  expect(town.reports.at(-1)?.kind).toBe("finished");
});

test("the log on disk is bounded and the tail holds the end", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const script = `for (let i = 0; i < 12; i++) fs.writeSync(1, "y".repeat(1024 * 1024)); fs.writeSync(1, "the end"); process.exit(3);`;
  await host.start(startOf(town, repository.url, { command: agent(script) }));
  const last = await town.last(1);
  expect(last.kind === "failed" && last.outputTail.endsWith("the end") && last.outputTail.length <= 8_000).toBe(true);
  await until(() => readFileSync(join(host.state, "attempts/demo/fix-it-1/output.log")).length < 11 * 1024 * 1024);
});
