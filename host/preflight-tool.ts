import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { presets } from "../src/agents/index.ts";
import type { PreflightRequest } from "../src/protocol/preflight.ts";
import { Agent, type Spec } from "./agent.ts";
import { gitConfigText, programEnv } from "./agent-env.ts";
import { settledWithin } from "./clock.ts";
import type { Context } from "./context.ts";
import { commandMissing } from "./exec-driver.ts";
import { writeGitDir } from "./git-folders.ts";
import { runToEnd } from "./git-process.ts";
import { type Confinement, confined, isolationDetail } from "./isolation.ts";
import { callMs, versionMs } from "./limits.ts";
import { type Finding, ill, illAsSaid, messageOf, well } from "./preflight-finding.ts";
import { loginOf } from "./preflight-login.ts";
import { redactStart, secretsIn } from "./redact.ts";
import { remove } from "./state-files.ts";

const ASK = "Answer with the one word OK, and do nothing else.";

/** An empty repository in which a tool is tried, with the environment that it will have in a run. */
type Trial = {
  folder: string;
  worktree: string;
  promptFile: string;
  env: Record<string, string>;
  confinement: Confinement;
};

type Findings = { command: Finding; login?: Finding | null; model?: Finding | null };

/** Of an agent's program: whether it is here, whether it is logged in, and, where that is asked for, whether its model answers. */
export async function lookAtTool(
  context: Context,
  request: PreflightRequest,
  confinement: Confinement,
): Promise<Findings> {
  const { command, program, env, call } = request;
  const [file = ""] = command;
  const missing = commandMissing(file, env.PATH ?? process.env.PATH);
  if (missing) return { command: illAsSaid(missing) };
  const isRead = program !== undefined && program.preset !== "exec";
  // A command that is not known is not started: it is not known what it would do, nor what a wrapper makes of `--version`.
  const isKnown = isRead && isOwnProgram(file, program);
  const isCalled = call === true && program !== undefined && (isRead || program.driver === "acp");
  const isolation = isolationDetail[context.isolation];
  const here = { command: well(`${file} is here; ${isolation}`) };
  if (!isKnown && !isCalled) return here;
  const trial = await beginTrial(context, request, confinement);
  try {
    const found = isKnown ? await toolIn(trial, request, program, isolation) : here;
    return isCalled && found.command.ok ? { ...found, model: await modelIn(trial, request, program) } : found;
  } finally {
    remove(trial.folder);
  }
}

/** Whether it is what its preset itself would run, wherever it lies. */
function isOwnProgram(file: string, program: Spec): boolean {
  const { argv, acp } = presets[program.preset];
  return [argv(program), acp(program)].some(([own]) => own === basename(file));
}

/** Below the state, as runs are: some tools trust a folder by what lies above it. What a former boot left there goes. */
export const trials = ({ stateDirectory }: Pick<Context, "stateDirectory">): string => join(stateDirectory, "look");

async function beginTrial(
  context: Context,
  { town, rig, program, env: given }: PreflightRequest,
  confinement: Confinement,
): Promise<Trial> {
  const { account } = confinement;
  const { passEnv, accounts } = context;
  mkdirSync(trials(context), { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(trials(context), "tool-"));
  const [worktree, promptFile, gitConfig] = [join(folder, "work"), join(folder, "prompt"), join(folder, "gitconfig")];
  writeGitDir(join(worktree, ".git"), { head: "ref: refs/heads/main", borrows: [], bare: false });
  writeFileSync(promptFile, ASK);
  writeFileSync(gitConfig, gitConfigText());
  await accounts.own(account, folder);
  const place = { town, rig: rig.id, bead: "preflight", fence: 0, branch: "main", agent: "preflight" };
  const options = { env: given, preset: program?.preset, passEnv, account };
  return {
    folder,
    worktree,
    promptFile,
    env: programEnv({ ...place, worktree, promptFile, gitConfig }, options),
    confinement,
  };
}

async function toolIn(
  trial: Trial,
  { command, env }: PreflightRequest,
  { preset }: Spec,
  isolation: string,
): Promise<Findings> {
  const [file = ""] = command;
  const ask = (args: readonly string[]) => runIn(trial, [file, ...args]);
  try {
    const ended = await ask(["--version"]);
    const said = redactStart(ended.stdout.trim() || ended.stderr.trim(), 2_000, secretsIn(env));
    if (ended.exitCode !== 0) {
      const detail = `${file} --version ended with ${ended.exitCode ?? "no code"}: ${said.slice(-500)}`;
      return { command: ill(detail, "Install it anew.") };
    }
    const found = { command: well(`${`${file} ${said.split("\n")[0] ?? ""}`.slice(0, 200)}; ${isolation}`) };
    const login = await loginOf(preset, { file, version: said, env: trial.env }, ask).catch(() => null);
    if (!login) return found;
    const hint = "Log it in as the user that runs the host, or put its key into the agent's env.";
    return { ...found, login: login.isIn ? well(login.how) : ill(login.how, hint) };
  } catch (error) {
    return { command: ill(messageOf(error), "Install it on the host, or change the agent's command.") };
  }
}

function runIn({ worktree: cwd, env, confinement }: Trial, argv: readonly string[]) {
  const [file = "", ...args] = confined(argv, confinement, { cwd, path: env.PATH });
  return runToEnd(file, args, { cwd, env: { ...env, PWD: cwd }, timeoutMs: versionMs, guarded: true });
}

/** One word of the model's. What the tool may do here is what it may do in a worktree, so it is asked for nothing. */
async function modelIn(
  { worktree, promptFile, folder, env, confinement }: Trial,
  { command }: PreflightRequest,
  program: Spec,
): Promise<Finding> {
  let agent: Agent | null = null;
  try {
    const argv = command.map((each) => ({ "{prompt}": ASK, "{prompt_file}": promptFile })[each] ?? each);
    const marks = [`TOWN_WORKTREE=${worktree}`];
    const logPath = join(folder, "output.log");
    agent = await Agent.start({ argv, cwd: worktree, stdin: ASK, logPath, env, marks, confinement }, program);
    const over = agent.over();
    const inTime = await settledWithin(over, callMs);
    await agent.terminate();
    const failure = inTime ? agent.failureOf(await over) : null;
    if (inTime && !failure) return well(`${program.model ?? "the tool's own choice"} answers`);
    const hint = "Look at the model's name, its key, and whether this host reaches its provider.";
    return ill(failure?.message ?? `no answer in ${callMs / 1_000} s: ${agent.tail.slice(-500)}`, hint);
  } catch (error) {
    return ill(messageOf(error), "Install it on the host, or change the agent's command.");
  } finally {
    await agent?.terminate();
  }
}
