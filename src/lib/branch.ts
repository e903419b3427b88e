/** Every attempt works on a branch of its own, so a stale one can only ever write to its own. */
export const branchOf = (beadId: string, fence: number): string => `town/${beadId}/${fence}`;

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
