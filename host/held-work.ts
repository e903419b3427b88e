import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { StartRequest } from "../src/protocol/runs.ts";
import type { Context } from "./context.ts";
import { gitSays, type Repository } from "./git.ts";
import { aboutOf } from "./log.ts";
import { StepFailure } from "./outcomes.ts";
import type { Finished } from "./push-work.ts";
import { readText, remove, writeDurably } from "./state-files.ts";

const commit = z.string().regex(/^[0-9a-f]{40,64}$/);
const record = z.object({ head: commit, base: commit, of: z.string() });

/**
 * Work that was done and could not be pushed. It is kept in the rig's mirror, so that the bead's next try pushes it and runs
 * no agent: a run is paid once.
 */
export async function heldWork(context: Context, request: StartRequest): Promise<Finished | null> {
  const text = readText(fileOf(context, request));
  const known = record.safeParse(text === null ? null : parsed(text)).data;
  // Another prompt asks for other work; what is held is kept for it no longer.
  if (!known || known.of !== whatFor(request)) {
    if (text !== null) dropHeld(context, request);
    return null;
  }
  const mirror = context.rigs.mirror(request.town, request.rig);
  const isThere = await gitSays(mirror, ["cat-file", "-e", `${known.head}^{commit}`]).catch(() => false);
  return isThere ? { head: known.head, base: known.base } : null;
}

/**
 * Keeps the work if its push failed for no fault of its own.
 *
 * @returns the failure as it is to be told
 */
export async function holdUnpushed(
  context: Context,
  request: StartRequest,
  repository: Repository,
  { head, base }: Finished,
  error: unknown,
): Promise<unknown> {
  const isItsOwn = !(error instanceof StepFailure) || (error.failure !== "rig_trouble" && error.code !== "push_failed");
  if (isItsOwn) return error;
  try {
    await context.rigs.hold(request.town, request.rig, repository, { commit: head, ref: heldRef(request) });
    writeDurably(fileOf(context, request), JSON.stringify({ head, base, of: whatFor(request) }));
  } catch (failure) {
    context.log(`its work could not be kept: ${failure}`, { level: "error", ...aboutOf(request) });
    return error;
  }
  const kept = "What was done is kept on this host: the next try pushes it, and runs no agent.";
  return new StepFailure(error.failure, error.code, withLine(error, kept), error.retryAfterMs);
}

/** What mends a rig's trouble stays in the last line. */
function withLine({ failure, message }: StepFailure, line: string): string {
  const at = failure === "rig_trouble" ? message.lastIndexOf("\n") : -1;
  return at === -1 ? `${message}\n${line}` : `${message.slice(0, at)}\n${line}${message.slice(at)}`;
}

/** It is pushed, or asked for no more. The commit may stay in the mirror, where nothing is ever pruned. */
export function dropHeld(context: { stateDirectory: string }, of: { town: string; bead: string }): void {
  remove(fileOf(context, of));
}

export const holds = (context: { stateDirectory: string }, of: { town: string; bead: string }): boolean =>
  existsSync(fileOf(context, of));

export const heldRef = ({ bead }: { bead: string }): string => `refs/held/${bead}`;

const fileOf = (context: { stateDirectory: string }, { town, bead }: { town: string; bead: string }): string =>
  join(context.stateDirectory, "held", town, `${bead}.json`);

const whatFor = ({ rig, prompt }: StartRequest): string =>
  createHash("sha256")
    .update(JSON.stringify([rig.id, rig.repoUrl, rig.defaultBranch, prompt]))
    .digest("hex");

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
