import { git } from "./git.ts";
import { StepFailure } from "./outcomes.ts";
import { BadSubmodule, declaredIn } from "./submodules.ts";
import type { Workshop } from "./workshops.ts";

/**
 * Sees to it that a clone of the work has all of it: each submodule that it adds or moves must be declared, and its
 * commit be had from the URL that is declared.
 *
 * @throws StepFailure `submodule_missing`; `submodule_failed` if that can't be found out
 */
export async function checkSubmodules(workshop: Workshop, head: string, signal: AbortSignal): Promise<void> {
  const { host, base } = workshop;
  const listed = await git(host, ["diff-tree", "-r", "-z", "--no-renames", base, head], { signal });
  const changes = [...listed.matchAll(/:\d+ (\d+) [0-9a-f]+ ([0-9a-f]+) \w\0([^\0]+)\0/g)];
  const pointers = changes.filter(([, mode]) => mode === "160000");
  if (pointers.length === 0 && !changes.some(([, , , path]) => path === ".gitmodules")) return;
  try {
    const declared = await declaredIn(host, head, workshop.sources.rig.repoUrl, signal);
    for (const [, , commit = "", path = ""] of pointers) {
      const url = declared.find((each) => each.path === path)?.url;
      if (url === undefined)
        throw new BadSubmodule(
          `${path} points to a commit of another repository, and .gitmodules does not say of which.`,
        );
      await checkPointer(workshop, { path, commit, url }, signal);
    }
  } catch (error) {
    if (!(error instanceof BadSubmodule)) throw error;
    const message = `What the agent left can't be cloned as a whole. ${error.message}`;
    throw new StepFailure("agent_failed", "submodule_missing", message);
  }
}

type Pointer = { path: string; commit: string; url: string };

async function checkPointer({ host, base, sources }: Workshop, pointer: Pointer, signal: AbortSignal): Promise<void> {
  const { path, commit, url } = pointer;
  const mend = "It must be pushed there, or the pointer be left as it was.";
  try {
    const rig = { ...sources.rig, repoUrl: url };
    if (await sources.rigs.bring(sources.town, rig, commit, signal)) return;
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    const before = await declaredIn(host, base, sources.rig.repoUrl, signal).catch(() => []);
    // A URL that the rig has had before is the rig's trouble, not the agent's.
    if (before.some((each) => each.url === url))
      throw new StepFailure("unreachable", "submodule_failed", error.message);
    throw new BadSubmodule(
      `${path} points to commit ${commit} of ${url}, which can't be reached. ${mend} ${error.message}`,
    );
  }
  throw new BadSubmodule(`${path} points to commit ${commit}, which ${url} does not have. ${mend}`);
}
