import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { differences, digestOf } from "./folder-digest.ts";
import { git, refsOf } from "./git.ts";
import { RIGS, type World } from "./world.ts";

/** The host's copies of the rigs, from which every attempt begins. */
function mirrorsOf({ state }: World): string[] {
  const folder = join(state, "rigs", "demo");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, "HEAD")));
}

/** What a mirror's ordinary work changes. */
const isMirrorsWork = (path: string): boolean =>
  /^(objects|FETCH_HEAD|refs|packed-refs|logs|worktrees|index|ORIG_HEAD|lfs-store)($|\/)/.test(path) &&
  path !== "objects/info/alternates";

/** Everything around the agents that is none of their business. */
export function lookAround(world: World) {
  const digests: Record<string, Map<string, string>> = {
    "the user's repository": digestOf(world.user, (path) => path === ".townkeeper"),
    "the folder outside": digestOf(world.outside),
    "the home of the host's user": digestOf(world.home),
  };
  for (const mirror of mirrorsOf(world)) digests[`the mirror ${mirror}`] = digestOf(mirror, isMirrorsWork);
  for (const rig of RIGS)
    digests[`the remote of ${rig}`] = digestOf(world.remotes[rig], (path) => /^(objects|refs|packed-refs)$/.test(path));
  return digests;
}
export type Surroundings = ReturnType<typeof lookAround>;

/** What is not as it was. */
export function changesAround(world: World, before: Surroundings): string[] {
  const after = lookAround(world);
  return Object.entries(before).flatMap(([place, was]) =>
    differences(was, after[place] ?? new Map()).map((line) => `${place}: ${line}`),
  );
}

/** Whether mirrors and remotes are whole, and hold no refs but those of the remote, and of work that the host has kept. */
export function brokenRepositories(world: World, seen: ReadonlySet<string>): string[] {
  const wrongs: string[] = [];
  for (const repository of [...mirrorsOf(world), ...Object.values(world.remotes)]) {
    try {
      git(repository, "fsck", "--strict", "--no-dangling", "--connectivity-only", "--no-progress");
    } catch (error) {
      wrongs.push(`${repository} is broken: ${(error as { stderr?: string }).stderr}`);
    }
    if (existsSync(join(repository, "shallow"))) wrongs.push(`${repository} is shallow`);
  }
  for (const mirror of mirrorsOf(world))
    for (const [ref, head] of refsOf(mirror))
      if (!seen.has(head) && !ref.startsWith("refs/kept/"))
        wrongs.push(`the mirror ${mirror} has ${ref} at ${head}, which no remote ever had`);
  return wrongs;
}
