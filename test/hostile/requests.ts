import type { MergeRequest } from "../../src/protocol/merges.ts";
import type { StartRequest } from "../../src/protocol/runs.ts";
import { SECRET } from "./case.ts";
import { tokenOf } from "./town.ts";
import type { RigId, World } from "./world.ts";

const rigOf = (world: World, id: RigId) => ({ id, repoUrl: world.remotes[id], defaultBranch: "main" });

const reportingOf = (world: World, fence: number) => ({
  url: world.town.url,
  token: tokenOf(fence),
  heartbeatMs: 2_000,
  leaseMs: 120_000,
});

type Work = {
  rig: RigId;
  bead: string;
  fence: number;
  agent: string;
  script: string;
  maxRunMs: number;
  title?: string;
};

export function startOf(
  world: World,
  { rig, bead, fence, agent, script, maxRunMs, title = `Work on ${bead}` }: Work,
): StartRequest {
  return {
    protocol: 1,
    town: "demo",
    agent,
    bead,
    fence,
    rig: rigOf(world, rig),
    command: ["sh", "-c", script],
    env: {
      MODEL_API_KEY: SECRET,
      NODE: process.execPath,
      OUTSIDE: world.outside,
      USER_REPOSITORY: world.user,
      HOST_STATE: world.state,
      REMOTE: world.remotes[rig],
      WATCH: world.watch,
    },
    prompt: "Do what you like.",
    title,
    maxRunMs,
    reporting: reportingOf(world, fence),
  };
}

export function mergeOf(
  world: World,
  { rig, bead, fence, head, branch }: { rig: RigId; bead: string; fence: number; head: string; branch: string },
): MergeRequest {
  return {
    protocol: 1,
    town: "demo",
    bead,
    fence,
    rig: rigOf(world, rig),
    branch,
    head,
    // The result as it would be cloned: whole, and nothing in it that git would not take from a stranger.
    gate: ["sh", "-c", "test -e .git && git rev-parse --verify --quiet HEAD >/dev/null"],
    maxGateMs: 60_000,
    reporting: reportingOf(world, fence),
  };
}
