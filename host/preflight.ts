import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PreflightCheck, PreflightRequest } from "../src/ports/protocol.ts";
import { Agent, type Spec } from "./agent.ts";
import { settledWithin } from "./clock.ts";
import type { Context } from "./context.ts";
import { inMib } from "./disk.ts";
import { commandMissing } from "./exec-driver.ts";
import { inheritedEnv } from "./git.ts";
import { runToEnd } from "./git-process.ts";
import { type Confinement, confine, confined, isolationDetail } from "./isolation.ts";
import { callMs, preflightMs, versionMs } from "./limits.ts";
import { sourceMissing } from "./preflight-sources.ts";
import { checkPush } from "./push-check.ts";
import { redactStart, secretsIn } from "./redact.ts";
import { remove } from "./state-files.ts";

const ASK = "Answer with the one word OK, and do nothing else.";

type Finding = { ok: boolean; detail: string; hint: string | null };

const well = (detail: string): Finding => ({ ok: true, detail, hint: null });
const ill = (detail: string, hint: string): Finding => ({ ok: false, detail, hint });

/** Whether an agent could work here. Nothing is started but `--version`, and no token spent, unless a call is asked for. */
export async function preflight(context: Context, request: PreflightRequest): Promise<PreflightCheck[]> {
  const signal = AbortSignal.timeout(preflightMs);
  const confinement = await confine(context, [], [], signal);
  try {
    return await checksOf(context, request, confinement, signal);
  } finally {
    context.accounts.giveBack(confinement.account);
  }
}

async function checksOf(
  context: Context,
  request: PreflightRequest,
  confinement: Confinement,
  signal: AbortSignal,
): Promise<PreflightCheck[]> {
  const secrets = secretsIn(request.env);
  const [repository, command, disk] = await Promise.all([
    repositoryOf(context, request, signal),
    commandOf(context, request, confinement),
    diskOf(context),
  ]);
  const push = repository.ok ? await pushOf(context, request, signal) : null;
  const model =
    request.call && command.ok && request.program
      ? await modelOf(context, request, request.program, confinement)
      : null;
  const named = { repository, ...(push && { push }), command, disk, ...(model && { model }) };
  return Object.entries(named).map(([name, { ok, detail, hint }]) => ({
    name: name as PreflightCheck["name"],
    ok,
    detail: redactStart(detail, 2_000, secrets),
    hint,
  }));
}

/** Brings the host's own copy up to date: what a start does first, so that it is warm by then. */
async function repositoryOf({ rigs }: Context, { town, rig }: PreflightRequest, signal: AbortSignal): Promise<Finding> {
  try {
    await rigs.fetch(town, rig, signal);
    const head = await rigs.defaultHead(town, rig);
    const missing = await sourceMissing({ rigs, town, rig }, head, signal);
    return missing ? ill(missing.detail, missing.hint) : well(`${rig.defaultBranch} is at ${head}`);
  } catch (error) {
    return ill(
      messageOf(error),
      "Mend the rig's URL, default branch, submodules, or this host's access to them (ssh key, credential helper).",
    );
  }
}

async function pushOf({ rigs }: Context, { town, rig }: PreflightRequest, signal: AbortSignal): Promise<Finding> {
  try {
    const { detail, hint } = await checkPush(rigs, town, rig, signal);
    return hint === null ? well(detail) : ill(detail, hint);
  } catch (error) {
    return ill(messageOf(error), "Give this host's user the right to push to the repository.");
  }
}

/** Only of tools that are known is it known what `--version` does. */
async function commandOf(
  { stateDirectory, isolation }: Context,
  { command, program, env }: PreflightRequest,
  confinement: Confinement,
): Promise<Finding> {
  const [file = ""] = command;
  const missing = commandMissing(file, env.PATH ?? process.env.PATH);
  if (missing) return ill(missing, "Install it on the host, or change the agent's command or its PATH.");
  if (!program || program.preset === "exec") return well(`${file} is here; ${isolationDetail[isolation]}`);
  try {
    mkdirSync(stateDirectory, { recursive: true });
    const cwd = stateDirectory;
    const own: Record<string, string> = { ...inheritedEnv(), ...confinement.account?.env, ...env };
    const [executable = "", ...args] = confined([file, "--version"], confinement, { cwd, path: own.PATH });
    const ended = await runToEnd(executable, args, {
      cwd,
      env: { ...own, PWD: cwd },
      timeoutMs: versionMs,
      guarded: true,
    });
    const said = redactStart(ended.stdout.trim() || ended.stderr.trim(), 2_000, secretsIn(env));
    if (ended.exitCode === 0) {
      const version = `${file} ${said.split("\n")[0] ?? ""}`.slice(0, 200);
      return well(`${version}; ${isolationDetail[isolation]}`);
    }
    return ill(`${file} --version ended with ${ended.exitCode ?? "no code"}: ${said.slice(-500)}`, "Install it anew.");
  } catch (error) {
    return ill(messageOf(error), "Install it on the host, or change the agent's command.");
  }
}

/**
 * One word of the model's, in an empty folder. What the tool may do there is what it may do in a worktree, so it is asked for
 * nothing. A command that is not known is not started: nobody knows what it would do.
 */
async function modelOf(
  { accounts }: Context,
  { command, env }: PreflightRequest,
  program: Spec,
  confinement: Confinement,
): Promise<Finding | null> {
  if (program.preset === "exec" && program.driver === "exec") return null;
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-look-"));
  const file = join(folder, "prompt");
  let agent: Agent | null = null;
  try {
    writeFileSync(file, ASK);
    const argv = command.map((each) => ({ "{prompt}": ASK, "{prompt_file}": file })[each] ?? each);
    const mark = { TOWN_WORKTREE: folder };
    await accounts.own(confinement.account, folder);
    agent = await Agent.start(
      {
        ...{ argv, cwd: folder, stdin: ASK, logPath: join(folder, "output.log") },
        env: { ...inheritedEnv(), ...confinement.account?.env, ...env, ...mark },
        marks: [`TOWN_WORKTREE=${folder}`],
        confinement,
      },
      program,
    );
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
    remove(folder);
  }
}

function diskOf({ disk }: Context): Finding {
  const { freeBytes, shortage } = disk;
  if (freeBytes === null) return ill("the system does not say how much is free", "Look at the host's state directory.");
  return shortage
    ? ill(shortage, "Make room where the host's state directory is.")
    : well(`${inMib(freeBytes)} are free`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
