import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../containers/waiting.ts";
import { anything, type Case, type Failure } from "./case.ts";
import { git } from "./git.ts";
import { mergeOf, startOf } from "./requests.ts";
import type { LastWord } from "./town.ts";
import type { World } from "./world.ts";

/** How long an outcome is waited for: the host itself must end what hangs long before. */
const OUTCOME_MS = 150_000;

const PRELUDE = `
git rev-parse HEAD >"$WATCH/$TOWN_FENCE-base"
echo "by $TOWN_BEAD" >"$TOWN_BEAD.txt"
ready() { touch "$WATCH/$TOWN_FENCE-ready"; until [ -e "$WATCH/$TOWN_FENCE-go" ]; do sleep 0.1; done; }
`;

/** What came of a case, and what of it is wrong. */
export type Result = {
  case: Case;
  outcome: string;
  wrongs: string[];
  /** Branches of the remote that are still its own. */
  branches: string[];
  /** Every commit that the host told of. */
  heads: string[];
  landed: string | null;
  ms: number;
};

type Try = { fence: number; script: string };

/** One case: the agent's run, the landing of what it left, and the next try where that is asked for. */
export async function runCase(world: World, each: Case): Promise<Result> {
  const startedMs = performance.now();
  const result: Result = { case: each, outcome: "", wrongs: [], branches: [], heads: [], landed: null, ms: 0 };
  try {
    const word = await run(world, each, { fence: world.nextFence(), script: PRELUDE + each.script });
    await judge(world, result, word);
    if (each.again) await tryAgain(world, result);
  } catch (error) {
    result.wrongs.push(`the harness: ${error}`);
  }
  result.ms = performance.now() - startedMs;
  return result;
}

async function run(world: World, each: Case, { fence, script }: Try): Promise<LastWord | null> {
  const work = {
    rig: "shop",
    bead: each.id,
    fence,
    agent: each.id,
    script,
    ...(each.title !== undefined && { title: each.title }),
    maxRunMs: each.maxRunMs ?? 60_000,
  } as const;
  const answer = await world.host.start(startOf(world, work));
  if (!answer.accepted) throw new Error(`the start was refused: ${answer.code}`);
  if (each.message) {
    await until(() => existsSync(join(world.watch, `${fence}-ready`)), 60_000);
    await world.host.tell(each.id, fence);
    writeFileSync(join(world.watch, `${fence}-go`), "");
  }
  return world.town.lastWord(fence, OUTCOME_MS);
}

async function judge(world: World, result: Result, word: LastWord | null): Promise<void> {
  const { case: each, wrongs } = result;
  result.outcome = describe(word);
  if (word?.kind !== "finished") {
    if (!each.fails || !word)
      wrongs.push(`it was to ${each.fails ? `fail with ${each.fails.code}` : "finish"}, but ${describe(word)}`);
    else expectFailure(wrongs, word, each.fails);
    return;
  }
  if (each.fails) wrongs.push(`it was to fail with ${each.fails.code}, but finished`);
  const remote = world.remotes.shop;
  const branch = `town/${each.id}/${word.fence}`;
  if (each.told && !each.told.test(word.outputTail)) wrongs.push(`its report says only: ${word.outputTail}`);
  result.branches.push(branch);
  result.heads.push(word.head);
  expectWork(wrongs, world, { each, word, branch });
  if (each.pushedOnly || touchesWhatOthersDo(each)) return;
  const fence = world.nextFence();
  const merge = mergeOf(world, { rig: "shop", bead: each.id, fence, head: word.head, branch });
  const answer = await world.host.merge(merge);
  if (!answer.accepted) return void wrongs.push(`its landing was refused: ${answer.code}`);
  const landing = await world.town.lastWord(fence, OUTCOME_MS);
  result.outcome = describe(landing);
  if (landing?.kind !== "landed") {
    wrongs.push(`it was to land, but ${describe(landing)}`);
    return;
  }
  result.branches.pop(); // a landed bead's branches go
  result.landed = landing.head;
  result.heads.push(landing.head);
  if ((landing.pastGate ?? false) !== (each.pastGate ?? false))
    wrongs.push(
      each.pastGate
        ? "its landing does not say that it came past the gate"
        : "its landing says that it came past the gate",
    );
  expectHeld(wrongs, remote, each, landing.head);
}

function expectFailure(wrongs: string[], word: LastWord, { code, says }: Failure): void {
  const { message } = word as { message?: string };
  if (!("code" in word) || word.code !== code) wrongs.push(`it was to end with ${code}, but ${describe(word)}`);
  else if (!says.test(message ?? "")) wrongs.push(`its message does not say ${says}: ${message}`);
}

/** Two that change one file come into a conflict, and what git is told by a file of the rig's holds for all that come after. */
const touchesWhatOthersDo = ({ leaves }: Case): boolean =>
  leaves?.some((path) => /^(README\.md|src\b|\.)/.test(path)) || leaves === anything;

function expectWork(
  wrongs: string[],
  world: World,
  { each, word, branch }: { each: Case; word: LastWord & { kind: "finished" }; branch: string },
): void {
  const remote = world.remotes.shop;
  const is = git(remote, "rev-parse", "--verify", branch);
  if (is !== word.head) wrongs.push(`its branch is at ${is}, not at ${word.head}`);
  if (each.leaves !== anything) {
    // Who pushes to the default branch by itself takes in what others have landed there meanwhile: its own is the last commit.
    const base = each.pastGate
      ? `${word.head}~1`
      : readFileSync(join(world.watch, `${word.fence}-base`), "utf8").trim();
    const listed = git(remote, "diff", "--name-only", "-z", "--no-renames", base, word.head);
    const changed = JSON.stringify(listed.split("\0").filter(Boolean).sort());
    const wanted = JSON.stringify([...(each.leaves ?? [`${each.id}.txt`])].sort());
    if (changed !== wanted) wrongs.push(`it changes ${changed.slice(0, 300)}, not ${wanted}`);
  }
  const subject = git(remote, "log", "-1", "--format=%s", word.head);
  if (each.title !== undefined && subject !== each.title) wrongs.push(`its commit says ${subject}`);
  expectHeld(wrongs, remote, each, word.head);
}

function expectHeld(wrongs: string[], remote: string, { id, leaves, holds }: Case, head: string): void {
  const own = !leaves || leaves.includes(`${id}.txt`) ? { [`${id}.txt`]: `by ${id}` } : {};
  for (const [path, content] of Object.entries({ ...own, ...holds })) {
    const is = git(remote, "show", `${head}:${path}`);
    if (is !== content) wrongs.push(`${path} holds ${JSON.stringify(is.slice(0, 200))}`);
  }
}

/** The same bead again: nothing that the first try left may stand in its way. */
async function tryAgain(world: World, result: Result): Promise<void> {
  const each = result.case;
  const script = 'echo "second try" >"$TOWN_BEAD-again.txt"';
  const word = await run(world, { ...each, message: undefined } as never, { fence: world.nextFence(), script });
  if (word?.kind !== "finished") return void result.wrongs.push(`the next try was to finish, but ${describe(word)}`);
  const branch = `town/${each.id}/${word.fence}`;
  const fence = world.nextFence();
  await world.host.merge(mergeOf(world, { rig: "shop", bead: each.id, fence, head: word.head, branch }));
  const landing = await world.town.lastWord(fence, OUTCOME_MS);
  if (landing?.kind !== "landed") return void result.wrongs.push(`the next try was to land, but ${describe(landing)}`);
  result.branches.length = 0;
  result.heads.push(word.head, landing.head);
  result.landed = landing.head;
}

function describe(word: LastWord | null): string {
  if (!word) return "nothing was heard of it";
  if (word.kind === "failed" || word.kind === "rejected") return `${word.kind}, ${word.code}: ${word.message}`;
  return word.kind;
}
