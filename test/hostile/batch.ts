import type { Case } from "./case.ts";
import { git, refsOf } from "./git.ts";
import { HANGS_MS } from "./host.ts";
import { openNeighbour } from "./neighbours.ts";
import { type Result, runCase } from "./run-case.ts";
import { brokenRepositories, changesAround, lookAround } from "./surroundings.ts";
import { RIGS, type World } from "./world.ts";

export type Batch = { results: Result[]; wrongs: string[] };

/** Runs cases beside each other while two neighbours of their rig and one of another are at work, and looks at everything else. */
export async function runBatch(world: World, cases: readonly Case[], atOnce: number): Promise<Batch> {
  const wrongs: string[] = [];
  const neighbours = await Promise.all([
    openNeighbour(world, "shop", "ned"),
    openNeighbour(world, "shop", "nora"),
    openNeighbour(world, "mill", "miles"),
  ]);
  const before = lookAround(world);
  const seen = new Set(RIGS.flatMap((rig) => [...refsOf(world.remotes[rig]).values()]));
  const pulse = takePulse(world);
  const waiting = [...cases];
  const results: Result[] = [];
  const work = async () => {
    for (let each = waiting.shift(); each; each = waiting.shift()) results.push(await runCase(world, each));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  wrongs.push(...changesAround(world, before));
  const spared = neighbours.filter(({ rig }) => rig !== "shop" || !cases.some(({ damages }) => damages));
  for (const neighbour of neighbours) {
    if (!spared.includes(neighbour)) {
      await neighbour.finish();
      continue;
    }
    wrongs.push(...neighbour.changes().map((line) => `the neighbour on ${neighbour.branch}: ${line}`));
    wrongs.push(...(await neighbour.finish()).map((line) => `the neighbour on ${neighbour.branch}: ${line}`));
  }
  wrongs.push(
    ...wrongRefs(
      world,
      results,
      neighbours.map(({ rig, branch }) => `${rig} ${branch}`),
    ),
  );
  for (const { heads } of results) for (const head of heads) seen.add(head);
  for (const rig of RIGS) for (const head of refsOf(world.remotes[rig]).values()) seen.add(head);
  wrongs.push(...brokenRepositories(world, seen), ...world.town.wrongs.splice(0), ...(await pulse.stop()));
  for (const { rig, branch } of neighbours) forget(world.remotes[rig], branch);
  for (const { branches, case: each } of results)
    for (const branch of [...branches, ...(each.pushes ?? [])]) forget(world.remotes.shop, branch);
  return { results, wrongs };
}

const forget = (remote: string, branch: string): void => void git(remote, "update-ref", "-d", `refs/heads/${branch}`);

/** The remotes have the branches that the town knows of, what landed is on main, and nobody else's branch has moved. */
function wrongRefs(world: World, results: readonly Result[], neighbours: readonly string[]): string[] {
  const wrongs: string[] = [];
  const ours = new Set(neighbours);
  for (const each of results)
    for (const branch of [...each.branches, ...(each.case.pushes ?? [])]) ours.add(`shop ${branch}`);
  for (const rig of RIGS) {
    const remote = world.remotes[rig];
    const names = [...refsOf(remote).keys()];
    for (const name of ["refs/heads/main", "refs/heads/release", "refs/tags/v1"])
      if (!names.includes(name)) wrongs.push(`the remote of ${rig} lost ${name}`);
    for (const name of names) {
      const known = /^refs\/(heads\/(main|release)|tags\/v1)$/.test(name);
      if (!known && !ours.has(`${rig} ${name.replace("refs/heads/", "")}`))
        wrongs.push(`the remote of ${rig} has ${name}`);
    }
    if (git(remote, "rev-parse", "release") !== git(remote, "rev-parse", "v1^{commit}"))
      wrongs.push(`the branch release of ${rig} has moved`);
  }
  const onMain = new Set(git(world.remotes.shop, "rev-list", "main").split("\n"));
  for (const { case: each, landed } of results)
    if (landed && !onMain.has(landed)) wrongs.push(`${each.id} has landed as ${landed}, which is not on main`);
  return wrongs;
}

/** Asks the host for its health all the while; it must answer, in time. */
function takePulse(world: World) {
  const wrongs: string[] = [];
  let over = false;
  const beating = (async () => {
    while (!over && wrongs.length === 0) {
      try {
        const { ok } = await world.host.health();
        if (!ok) wrongs.push("the host says that it is not well");
      } catch (error) {
        wrongs.push(`the host did not answer within ${HANGS_MS} ms: ${error}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();
  return {
    stop: async () => {
      over = true;
      await beating;
      if (!world.host.alive()) wrongs.push(`the host has ended:\n${world.host.output()}`);
      return wrongs;
    },
  };
}
