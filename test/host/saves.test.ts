/** A host whose disk goes with it pushes what its agents had done when it must leave: to their own branches, nowhere else. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeHost, makeRepository, makeTown, startOf, temporaryFolder, until } from "./support.ts";

/** Writes a file, or not, says so outside, and never ends. */
function unfinished(mark: string, writes: string | null): string[] {
  const script = `${writes ? `echo half > ${writes};` : ""} touch ${mark}; sleep 600`;
  return ["sh", "-c", script];
}

async function drainedAmid(saveOnDrain: boolean, writes: string | null) {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost({ saveOnDrain })];
  const mark = join(temporaryFolder(), "mark");
  await host.start(startOf(town, repository.url, { command: unfinished(mark, writes) }));
  await until(() => existsSync(mark));
  const health = JSON.parse((await host.call("GET", "/v1/health")).text);
  expect(health).toMatchObject({ runs: 1, landings: 0, undelivered: 0 });
  await host.drain();
  return { repository, said: await town.last(1) };
}

test("what an agent had not committed is pushed to its own branch, and the town is told where", async () => {
  const { repository, said } = await drainedAmid(true, "half.txt");
  const [branch] = repository.branches().filter((name) => name.startsWith("town/"));
  expect(said).toMatchObject({ kind: "failed", failure: "lost", code: "host_draining" });
  expect(said).toMatchObject({ message: expect.stringContaining(`on branch ${branch}`) });
  expect(repository.file("half.txt", branch)).toBe("half");
  expect(repository.count("main")).toBe(1);
});

test("an agent that had done nothing leaves no branch", async () => {
  const { repository, said } = await drainedAmid(true, null);
  expect(said).toMatchObject({ code: "host_draining", message: expect.not.stringContaining("What it had done") });
  expect(repository.branches()).toEqual(["main"]);
});

test("a host that keeps its disk pushes nothing, and keeps it there", async () => {
  const { repository, said } = await drainedAmid(false, "half.txt");
  expect(said).toMatchObject({ code: "host_draining", message: expect.not.stringContaining("branch") });
  expect(repository.branches()).toEqual(["main"]);
});
