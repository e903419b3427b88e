import { existsSync } from "node:fs";
import { join } from "node:path";
import { sampleBeads, sampleTown } from "../sample/town.ts";
import type { TownApi } from "./api.ts";
import { makeLibrary } from "./library.ts";
import { repoRoot, type StatePaths } from "./paths.ts";

/** The host's drills belong to the start that makes the sample, and to no other. */
export function drillsFor({ library }: StatePaths, isEmpty: boolean): readonly string[] {
  return isEmpty || existsSync(library) ? [] : sampleTown.drills;
}

/**
 * Makes the sample town, or what an interrupted start has left out of it.
 *
 * @returns whether anything had to be made
 */
export async function ensureSample(api: TownApi, paths: StatePaths): Promise<boolean> {
  const { name, rig, settings } = sampleTown;
  const town = await api.town(name);
  if (town && town.beads.total > 0) return false;
  if (!town) await makeLibrary(paths);
  if (!town) await api.createTown({ name, settings });
  if (!(await api.rigIds(name)).includes(rig)) await api.addRig(name, rigBody(paths));
  const known = (await api.agents(name)).map(({ id }) => id);
  for (const id of sampleTown.agents) {
    if (!known.includes(id)) await api.addAgent(name, { id, rig, command: agentCommand() });
  }
  await api.createBeads(name, sampleBeads.map(beadBody));
  return true;
}

function rigBody({ library }: StatePaths) {
  const gate = [process.execPath, "scripts/gate.mjs"];
  return { id: sampleTown.rig, repoUrl: library, defaultBranch: "main", gate, maxGateMs: 60_000 };
}

function agentCommand(): string[] {
  return [process.execPath, join(repoRoot, "sample/agent.mjs")];
}

function beadBody({ module, task, dependsOn = [] }: (typeof sampleBeads)[number]) {
  return {
    ref: module,
    rig: sampleTown.rig,
    title: `${task} (${module})`,
    body: `Write the function in src/${module}.js as its comment says.\n\nmodule: ${module}`,
    dependsOn,
  };
}
