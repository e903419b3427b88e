import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SECRET } from "./case.ts";
import { git } from "./git.ts";
import { openHost } from "./host.ts";
import { openTown } from "./town.ts";

export const RIGS = ["shop", "mill"] as const;
export type RigId = (typeof RIGS)[number];

/**
 * Two rigs, a user's own clone of the first with work in progress, a host whose state lies in that clone, as the default
 * state folder does, and a folder of somebody else's that nothing may be written to.
 */
export async function openWorld() {
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-hostile-"));
  const [home, outside, watch, user] = ["home", "outside", "watch", "user"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const path of [home, outside, watch]) mkdirSync(path);
  writeFileSync(join(outside, "secret.txt"), "not yours\n");
  const remotes = Object.fromEntries(RIGS.map((id) => [id, makeRemote(folder, id)])) as Record<RigId, string>;
  makeUsersClone(remotes.shop, user);
  const state = join(user, ".townkeeper", "host");
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const town = await openTown([SECRET]);
  const host = await openHost({ folder, state, home });
  let fence = 0;
  return {
    ...{ folder, home, outside, watch, user, state, remotes, town, host },
    nextFence: () => ++fence,
    close: async () => {
      await host.close();
      town.close();
      spawnSync("chattr", ["-R", "-i", "--", state], { stdio: "ignore" });
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
export type World = Awaited<ReturnType<typeof openWorld>>;

function makeRemote(folder: string, id: string): string {
  const [remote, clone] = [join(folder, `${id}.git`), join(folder, `${id}-first`)];
  git(folder, "init", "--quiet", "--bare", "--initial-branch=main", remote);
  git(folder, "init", "--quiet", "--initial-branch=main", clone);
  for (const name of ["README.md", "src/one.txt", "src/two.txt", "src/deep/three.txt"]) {
    mkdirSync(join(clone, name, ".."), { recursive: true });
    writeFileSync(join(clone, name), `${name} of ${id}\n`);
    git(clone, "add", "--all");
    git(clone, "commit", "--quiet", "-m", `Add ${name}`);
  }
  git(clone, "push", "--quiet", remote, "main");
  git(clone, "push", "--quiet", remote, "main:refs/heads/release");
  git(clone, "push", "--quiet", remote, "main:refs/tags/v1");
  rmSync(clone, { recursive: true });
  return remote;
}

/** A clone in the middle of things: a commit that is not pushed, a staged, a changed and an untracked file, a stash. */
function makeUsersClone(remote: string, user: string): void {
  git(remote, "clone", "--quiet", remote, user);
  writeFileSync(join(user, "README.md"), "put away\n");
  git(user, "stash", "--quiet");
  writeFileSync(join(user, "mine.txt"), "a commit of the user's\n");
  git(user, "add", "--all");
  git(user, "commit", "--quiet", "-m", "Not pushed yet");
  writeFileSync(join(user, "staged.txt"), "staged\n");
  git(user, "add", "staged.txt");
  writeFileSync(join(user, "README.md"), "in progress\n");
  writeFileSync(join(user, "passwords.txt"), "untracked, and nobody's business\n");
  if (existsSync(join(user, ".gitignore"))) throw new Error("the state folder must not be ignored here");
}
