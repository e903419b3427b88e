import type { StartRequest } from "../src/protocol/runs.ts";
import { attemptFiles, type Context } from "./context.ts";
import { type Confinement, confine } from "./isolation.ts";
import type { LeaseGuard } from "./lease-guard.ts";
import { makeRunFiles } from "./run-files.ts";
import type { RunPush } from "./run-push.ts";
import { startPoint, withStart } from "./start-point.ts";
import type { Workshop } from "./workshops.ts";

/** What a run needs before its agent can begin. */
export type Setup = { workshop: Workshop; confinement: Confinement; prompt: string };

/** Makes a run's working copy, with what an earlier try left, and the files beside it. What earlier attempts left in their folders goes. */
export async function setUp(
  context: Context,
  request: StartRequest,
  leaseGuard: LeaseGuard,
  push: RunPush,
): Promise<Setup> {
  const { town, rig, bead, fence } = request;
  const { rigs, workshops } = context;
  const { signal } = leaseGuard;
  const place = { kind: "work", town, rig, bead, fence } as const;
  await leaseGuard.inTime();
  await rigs.fetch(town, rig, signal);
  for (const left of workshops.fencesLeft(town, rig, bead)) await workshops.close({ ...place, fence: left });
  const heads = await rigs.heads(town, rig);
  const start = await startPoint(context, request, heads, signal);
  const workshop = await workshops.open(place, start, heads, signal);
  const borrows = await workshops.handOver(workshop, { ...start, branch: push.branch(fence) }, signal);
  await push.first(workshop);
  const prompt = withStart(request.prompt, start);
  const files = attemptFiles(context, request);
  await makeRunFiles(files, prompt);
  const confinement = await confine(context, [workshop.host.workTree, files.agents], borrows, signal);
  return { workshop, confinement, prompt };
}
