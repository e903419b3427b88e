/** Where branches of attempts lie in a remote, unless a town says otherwise. */
export const BRANCH_PREFIX = "town/";

/** What the branches of a bead's attempts begin with. */
export const branchesOf = (beadId: string, prefix: string = BRANCH_PREFIX): string => `${prefix}${beadId}/`;

/** Every attempt works on a branch of its own, so a stale one can only ever write to its own. */
export const branchOf = (beadId: string, fence: number, prefix?: string): string =>
  `${branchesOf(beadId, prefix)}${fence}`;

interface RigPlace {
  id: string;
  repoUrl: string;
  defaultBranch: string;
}

/** The rig as a host sees it for this bead: what starts from a convoy's branch and lands there never sees the default one. */
export const rigFor = (
  { id, repoUrl, defaultBranch }: RigPlace,
  { landsOn }: { landsOn: string | null },
): RigPlace & { forkOf?: string } =>
  landsOn === null ? { id, repoUrl, defaultBranch } : { id, repoUrl, defaultBranch: landsOn, forkOf: defaultBranch };
