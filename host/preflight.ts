import type { PreflightCheck, PreflightRequest } from "../src/protocol/preflight.ts";
import type { Context } from "./context.ts";
import { inMib } from "./disk.ts";
import { type Confinement, confine } from "./isolation.ts";
import { preflightMs } from "./limits.ts";
import { StepFailure } from "./outcomes.ts";
import { type Finding, ill, illAsSaid, messageOf, well } from "./preflight-finding.ts";
import { sourceMissing } from "./preflight-sources.ts";
import { lookAtTool } from "./preflight-tool.ts";
import { commandInTree, isInTree } from "./preflight-tree.ts";
import { checkPush } from "./push-check.ts";
import { redactStart, secretsIn } from "./redact.ts";

/** What was found of a repository, and the newest commit of its default branch, where that is known. */
type Tip = { repository: Finding; head: string | null };

/** Whether an agent could work here. Nothing is started but its `--version` and what says whether it is logged in, and no token spent, unless a call is asked for. */
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
  const [file = ""] = request.command;
  const [{ repository, head }, tool] = await Promise.all([
    repositoryOf(context, request, signal),
    isInTree(file) ? null : lookAtTool(context, request, confinement),
  ]);
  const { command, login, model } = tool ?? { command: await inTree(context, request, { file, head }, signal) };
  const push = repository.ok ? await pushOf(context, request, signal) : null;
  const found = { repository, push, command, login, disk: diskOf(context), model };
  return Object.entries(found).flatMap(([name, finding]) => {
    if (!finding) return [];
    const { detail, ...others } = finding;
    return [{ name: name as PreflightCheck["name"], detail: redactStart(detail, 2_000, secrets), ...others }];
  });
}

/** Brings the host's own copy up to date: what a start does first, so that it is warm by then. */
async function repositoryOf({ rigs }: Context, { town, rig }: PreflightRequest, signal: AbortSignal): Promise<Tip> {
  let head: string | null = null;
  try {
    await rigs.fetch(town, rig, signal);
    head = await rigs.defaultHead(town, rig);
    const missing = await sourceMissing({ rigs, town, rig }, head, signal);
    const repository = missing ? ill(missing.detail, missing.hint) : well(`${rig.defaultBranch} is at ${head}`);
    return { repository, head };
  } catch (error) {
    const code = error instanceof StepFailure ? error.code : undefined;
    if (code === "no_branch") return { repository: illAsSaid(messageOf(error), code), head };
    const repository = ill(
      messageOf(error),
      "Mend the rig's URL, default branch, submodules, or this host's access to them (ssh key, credential helper).",
      code,
    );
    return { repository, head };
  }
}

/** Of a tree that can't be read nothing is said of what is in it. */
async function inTree(
  { rigs }: Context,
  { town, rig }: PreflightRequest,
  { file, head }: { file: string; head: string | null },
  signal: AbortSignal,
): Promise<Finding | null> {
  if (head === null) return null;
  try {
    return await commandInTree(file, { mirror: rigs.mirror(town, rig), branch: rig.defaultBranch, head }, signal);
  } catch (error) {
    return ill(messageOf(error), "Look at the host's copy of the repository, and ask again.");
  }
}

async function pushOf({ rigs }: Context, { town, rig }: PreflightRequest, signal: AbortSignal): Promise<Finding> {
  try {
    const { detail, hint, code } = await checkPush(rigs, town, rig, signal);
    return hint === null ? well(detail) : ill(detail, hint, code);
  } catch (error) {
    return ill(messageOf(error), "Give this host's user the right to push to the repository.");
  }
}

function diskOf({ disk }: Context): Finding {
  const { freeBytes, shortage } = disk;
  if (freeBytes === null) return ill("the system does not say how much is free", "Look at the host's state directory.");
  return shortage ? illAsSaid(shortage) : well(`${inMib(freeBytes)} are free`);
}
