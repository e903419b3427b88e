import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../containers/waiting.ts";
import { differences, digestOf } from "./folder-digest.ts";
import { git } from "./git.ts";
import { startOf } from "./requests.ts";
import type { RigId, World } from "./world.ts";

/** Commits, puts a change away, waits for the word, fetches, takes the change out again, and leaves a file uncommitted. */
const HONEST = `
set -e
echo "by $TOWN_AGENT" >"$TOWN_BEAD.txt"
git add --all
git commit --quiet -m "First of $TOWN_BEAD"
echo "half of $TOWN_BEAD" >>README.md
git stash --quiet
echo "two" >"$TOWN_BEAD-open.txt"
pwd >"$WATCH/$TOWN_BEAD-ready.part"
mv "$WATCH/$TOWN_BEAD-ready.part" "$WATCH/$TOWN_BEAD-ready"
until [ -e "$WATCH/$TOWN_BEAD-go" ]; do sleep 0.2; done
git fetch --quiet origin
git stash pop --quiet
echo "the end" >"$TOWN_BEAD-rest.txt"
`;

/** An honest agent at work while others are not. */
export async function openNeighbour(world: World, rig: RigId, name: string) {
  const fence = world.nextFence();
  const bead = `${name}-${fence}`;
  const base = git(world.remotes[rig], "rev-parse", "main");
  const request = startOf(world, { rig, bead, fence, agent: bead, script: HONEST, maxRunMs: 600_000 });
  const answer = await world.host.start(request);
  if (!answer.accepted) throw new Error(`the neighbour ${bead} was refused: ${answer.code}`);
  const ready = join(world.watch, `${bead}-ready`);
  await until(() => existsSync(ready), 60_000);
  const folder = readFileSync(ready, "utf8").trim();
  const before = digestOf(folder, isNews);
  return {
    rig,
    branch: `town/${bead}/${fence}`,
    /** What was done to it, while it waits. */
    changes: () => (existsSync(folder) ? differences(before, digestOf(folder, isNews)) : ["its folder is gone"]),
    /** Has it go on, and says what is wrong with what comes of it. */
    finish: async (): Promise<string[]> => {
      writeFileSync(join(world.watch, `${bead}-go`), "");
      const word = await world.town.lastWord(fence, 120_000);
      if (word?.kind !== "finished") return [`it did not finish: ${JSON.stringify(word)}`];
      return wrongsOf(world.remotes[rig], { base, bead, head: word.head, branch: `town/${bead}/${fence}` });
    },
  };
}

function wrongsOf(remote: string, { base, bead, head, branch }: Record<"base" | "bead" | "head" | "branch", string>) {
  const wrongs: string[] = [];
  const same = (what: string, is: string, wanted: string) => {
    if (is !== wanted) wrongs.push(`${what}: ${JSON.stringify(is)} instead of ${JSON.stringify(wanted)}`);
  };
  same("its branch", git(remote, "rev-parse", branch), head);
  same("its commits", git(remote, "log", "--format=%s", `${base}..${head}`), `Work on ${bead}\nFirst of ${bead}`);
  const files = ["README.md", `${bead}-open.txt`, `${bead}-rest.txt`, `${bead}.txt`];
  same("its files", git(remote, "diff", "--name-only", base, head).split("\n").sort().join(), files.sort().join());
  same("its README", git(remote, "show", `${head}:README.md`).split("\n").at(-1) ?? "", `half of ${bead}`);
  same("its first file", git(remote, "show", `${head}:${bead}.txt`), `by ${bead}`);
  same("its last file", git(remote, "show", `${head}:${bead}-rest.txt`), "the end");
  return wrongs;
}

/** What a `git status` of anybody's refreshes. */
const isNews = (path: string): boolean => path === ".git/index";
