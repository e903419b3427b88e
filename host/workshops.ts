import { existsSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RigSpec } from "../src/protocol/common.ts";
import { removeTree } from "./agent-files.ts";
import { GitError, git } from "./git.ts";
import {
  type Heads,
  type Workspace,
  writeAsAttributesSay,
  writeClone,
  writeExactly,
  writeGitDir,
} from "./git-folders.ts";
import { bringLfs, enableLfs, giveLfs, hasLfs } from "./lfs.ts";
import { StepFailure } from "./outcomes.ts";
import type { Rigs } from "./rigs.ts";
import { placeSubmodules, type Sources } from "./submodules.ts";

/** Whose workshop: `work` is an attempt's, `land` a landing's. */
type Place = Where & { rig: RigSpec };
type Where = { kind: "work" | "land"; town: string; rig: { id: string }; bead: string; fence: number };

/**
 * The folder in which one agent or gate works, and the host's own git directory for it, which lies elsewhere. The folder
 * gets a repository of its own that the host never reads as one.
 */
export type Workshop = {
  place: Place;
  /** The host's git directory, with the folder as its work tree. */
  host: Workspace;
  /** The mirror's branches when it was made. */
  heads: Heads;
  /** Where that is put of its files which git must not meet there. */
  aside: string;
  /** Where the mirror's objects are. */
  mirrorObjects: string;
  /** The commit that is checked out in it at first. */
  start: string;
  /** What comes after this commit is the work: the start, or what an earlier try's work is built on. */
  base: string;
  /** Where its submodules come from. */
  sources: Sources;
  /** Which folder the host made, so that another one in its place is not taken for it. */
  identity: string;
};

/** Makes and removes workshops. Each is apart from all others: nothing needs to wait for its turn. */
export class Workshops {
  readonly #state: string;
  readonly #rigs: Rigs;

  constructor(stateDirectory: string, rigs: Rigs) {
    this.#state = stateDirectory;
    this.#rigs = rigs;
  }

  folder({ kind, town, rig, bead, fence }: Where): string {
    return join(this.#state, kind, town, rig.id, `${bead}-${fence}`);
  }

  gitDir({ kind, town, rig, bead, fence }: Where): string {
    return join(this.#state, "git", kind, town, rig.id, `${bead}-${fence}`);
  }

  /**
   * Checks out a commit into a new folder.
   *
   * @throws StepFailure `worktree_failed`, `lfs_missing`, `lfs_failed`
   */
  async open(
    place: Place,
    { commit: start, files = start, base }: { commit: string; files?: string; base: string },
    heads: Heads,
    signal: AbortSignal,
  ): Promise<Workshop> {
    const parts = this.#parts(place);
    const { host, mirrorObjects, sources } = parts;
    await this.close(place);
    try {
      // Shut from the first moment: until it is given away it is not for the eyes of other agents either.
      mkdirSync(host.workTree, { recursive: true, mode: 0o700 });
      writeHostDir(host, { start, base, mirrorObjects }, []);
      if (place.kind === "land") writeExactly(host.gitDir);
      else await bringLfs(sources, host, files, signal);
      await git(host, ["read-tree", "-u", "--reset", files], { signal });
    } catch (error) {
      if (error instanceof GitError) throw new StepFailure("unreachable", "worktree_failed", error.message);
      throw error;
    }
    return { ...parts, heads, start, base, identity: identityOf(host.workTree) ?? "" };
  }

  /**
   * One that a former boot opened, as far as it is still there. The host's git directory for it is begun anew under another
   * name: in the former one that boot may have been killed at anything, and a git of its may work there still. Of that is
   * taken along what is whole at all times: its index, which says what was checked out, and the objects that the index names
   * once files were taken in.
   *
   * @throws StepFailure `lfs_missing`
   */
  reopen(place: Place, made: Pick<Workshop, "start" | "base" | "identity">, heads: Heads): Workshop {
    const parts = this.#parts(place);
    const former = parts.host.gitDir;
    const host = { ...parts.host, gitDir: mkdtempSync(`${former}.again-`) };
    writeHostDir(host, { ...parts, ...made }, [join(former, "objects")]);
    // Git never writes into an index, but puts another in its place.
    linkSync(join(former, "index"), join(host.gitDir, "index"));
    if (hasLfs({ gitDir: former })) enableLfs(host, parts.sources);
    return { ...parts, host, ...made, heads };
  }

  #parts(place: Place) {
    return {
      place,
      host: { gitDir: this.gitDir(place), workTree: this.folder(place) },
      aside: join(this.gitDir(place), "nested"),
      mirrorObjects: join(this.#rigs.mirror(place.town, place.rig).gitDir, "objects"),
      sources: { rigs: this.#rigs, town: place.town, rig: place.rig },
    };
  }

  /**
   * Gives the folder its own repository, checked out at a commit that the host's git directory has there already, and
   * that commit's submodules.
   *
   * @returns the object directories that they read from
   * @throws StepFailure `submodule_failed`
   */
  async handOver(
    workshop: Workshop,
    { files, ...at }: { commit: string; files?: string; branch: string | null },
    signal: AbortSignal,
  ): Promise<string[]> {
    const { place, host, heads, sources } = workshop;
    const borrows = borrowsOf(workshop);
    const { repoUrl: url, defaultBranch: main } = place.rig;
    if (place.kind === "land") await this.#asCloned(workshop, at.commit, signal);
    writeClone(host, { borrows, url, main, heads, ...at });
    const checkedOut = files ?? at.commit;
    if (hasLfs(host)) await giveLfs(host, checkedOut, signal);
    return [...borrows, ...(await placeSubmodules(sources, host, checkedOut, signal))];
  }

  /** Has a landing's files as a clone would have them: until here they were written without any conversion. */
  async #asCloned({ host, sources }: Workshop, commit: string, signal: AbortSignal): Promise<void> {
    writeAsAttributesSay(host.gitDir);
    const attributes = ["ls-files", "--", ":(top,glob)**/.gitattributes"];
    if ((await git(host, attributes, { signal })) === "") return;
    await bringLfs(sources, host, commit, signal);
    // Git would take files whose times it knows for written already.
    await removeTree(join(host.gitDir, "index"));
    await git(host, ["read-tree", "-u", "--reset", commit], { signal });
  }

  /** Removes the folder and the host's git directory for it; never throws. */
  async close(place: Where): Promise<void> {
    await this.closeHost(place);
    await removeTree(this.folder(place));
  }

  /** Removes the host's git directory alone: what is left of a failed attempt is for people to look at. */
  closeHost(place: Where): Promise<void> {
    return removeTree(this.gitDir(place));
  }

  /** The fences of this bead's attempts whose folders are still there. */
  fencesLeft(town: string, rig: RigSpec, bead: string): number[] {
    const folder = dirname(this.folder({ kind: "work", town, rig, bead, fence: 0 }));
    const names = existsSync(folder) ? readdirSync(folder) : [];
    return names
      .filter((name) => name.startsWith(`${bead}-`) && /^\d+$/.test(name.slice(bead.length + 1)))
      .map((name) => Number(name.slice(bead.length + 1)));
  }
}

type Begun = Pick<Workshop, "start" | "base" | "mirrorObjects">;

/** @param more object directories that it reads beside the mirror's */
function writeHostDir({ gitDir }: Workspace, { start, base, mirrorObjects }: Begun, more: readonly string[]): void {
  const config = "[fetch]\n\tfsckObjects = true\n";
  writeGitDir(gitDir, { head: start, borrows: [mirrorObjects, ...more], refs: [["refs/heads/base", base]], config });
}

/**
 * The object stores that the folder's own repository reads from. A landing's commits are the host's own; an attempt's folder
 * may outlive the host's git directory.
 */
function borrowsOf({ place, host, mirrorObjects }: Workshop): string[] {
  return place.kind === "land" ? [join(host.gitDir, "objects"), mirrorObjects] : [mirrorObjects];
}

/** What tells a folder from another one of the same name; null if there is no folder, or a link in its place. */
export function identityOf(folder: string): string | null {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() ? `${found.dev}:${found.ino}` : null;
}
