/** A rig that lies elsewhere from now on: another remote under the same name. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { agent, makeHost, makeRepository, makeTown, mergeOf, startOf, temporaryFolder, until } from "./support.ts";

test("what runs ends at the old place, what starts begins at the new one, and nothing of them is mixed", async () => {
  const [before, after, town, host] = [makeRepository(), makeRepository(), await makeTown(), await makeHost()];
  before.push("main", "origin/main", { "old.txt": "old" });
  after.push("main", "origin/main", { "new.txt": "new" });
  const [begun, go] = ["begun", "go"].map((name) => join(temporaryFolder(), name)) as [string, string];
  const waits = agent(`
    fs.writeFileSync(${JSON.stringify(begun)}, "");
    setInterval(() => {
      if (!fs.existsSync(${JSON.stringify(go)})) return;
      fs.writeFileSync("slow.txt", "done");
      process.exit(0);
    }, 20);`);
  await host.start(startOf(town, before.url, { bead: "slow", command: waits }));
  await until(() => existsSync(begun));
  await host.start(startOf(town, after.url, { agent: "bob", bead: "next", fence: 2 }));
  expect(await town.last(2)).toMatchObject({ kind: "finished" });
  writeFileSync(go, "");
  expect(await town.last(1)).toMatchObject({ kind: "finished" });

  expect([before.branches(), after.branches()]).toEqual([
    ["main", "town/slow/1"],
    ["main", "town/next/2"],
  ]);
  expect(before.file("old.txt", "town/slow/1")).toBe("old");
  expect(after.file("new.txt", "town/next/2")).toBe("new");
  expect(() => before.file("new.txt", "town/slow/1")).toThrow();
  expect(() => after.file("old.txt", "town/next/2")).toThrow();

  // Finished at the old place, and to land at the new one: it isn't there, so it is done again.
  await host.merge(mergeOf(town, after.url, { head: before.head("town/slow/1"), bead: "slow", branch: "town/slow/1" }));
  expect(await town.last(9)).toMatchObject({
    kind: "rejected",
    code: "conflict",
    message: expect.stringMatching(/gone/),
  });
  expect(after.count()).toBe(2);
});

test("a rig that only changes its address keeps its work", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  await host.start(startOf(town, repository.url));
  const done = await town.last(1);
  const head = done.kind === "finished" ? done.head : "";
  await host.merge(mergeOf(town, `file://${repository.url}`, { head }));
  expect(await town.last(9)).toMatchObject({ kind: "landed", head });
});

test("work that somebody merged by hand, its branch gone, has landed", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const head = repository.push("main", "origin/main", { "a.txt": "a" });
  await host.merge(mergeOf(town, repository.url, { head }));
  expect(await town.last(9)).toMatchObject({ kind: "landed", head });
});
