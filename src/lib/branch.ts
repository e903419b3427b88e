import { z } from "zod";

/** Where branches of attempts lie in a remote, unless a town says otherwise. */
export const BRANCH_PREFIX = "town/";

/** `town/`, `bots/town-`: a folder of branches, or the beginning of their names. */
export const branchPrefix = z
  .string()
  .max(60)
  .regex(
    /^(?!.*(?:\/\/|\.\.|\/\.|\.\/|\.lock\/))[A-Za-z0-9_][A-Za-z0-9_./-]*[/_-]$/,
    "use what branch names may begin with, such as town/",
  );

/** A branch that git takes, and takes for nothing else, such as `main` or `release/1.x`. */
export const branchName = z
  .string()
  .max(200)
  .regex(
    /^(?!HEAD$)(?!.*(?:\.\.|\/\/|\/\.|\.\/|\.lock(?:\/|$)))[A-Za-z0-9_](?:[A-Za-z0-9_./-]*[A-Za-z0-9_-])?$/,
    "use a branch name such as main",
  );

/** What the branches of a bead's attempts begin with. */
export const branchesOf = (beadId: string, prefix: string = BRANCH_PREFIX): string => `${prefix}${beadId}/`;

/** Every attempt works on a branch of its own, so a stale one can only ever write to its own. */
export const branchOf = (beadId: string, fence: number, prefix?: string): string =>
  `${branchesOf(beadId, prefix)}${fence}`;

/** What this branch of an attempt begins with. Of a branch that is no attempt's: the usual. */
export function prefixOf(branch: string, beadId: string): string {
  const at = branch.lastIndexOf(`${beadId}/`);
  return at > 0 ? branch.slice(0, at) : BRANCH_PREFIX;
}

interface RigPlace {
  id: string;
  repoUrl: string;
  defaultBranch: string;
  trailers: boolean | null;
}

/** The rig as a host sees it for this bead: what starts from a convoy's branch and lands there never sees the default one. */
export const rigFor = (
  { id, repoUrl, defaultBranch, trailers }: RigPlace,
  { landsOn }: { landsOn: string | null },
  prefix: string,
): Omit<RigPlace, "trailers"> & { forkOf?: string; branchPrefix?: string; trailers?: boolean } => ({
  id,
  repoUrl,
  ...(landsOn === null ? { defaultBranch } : { defaultBranch: landsOn, forkOf: defaultBranch }),
  ...(prefix !== BRANCH_PREFIX && { branchPrefix: prefix }),
  ...(trailers !== null && { trailers }),
});
