import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isSignOfLife } from "../../src/protocol/reports.ts";
import {
  agent,
  haveWitness,
  isAlive,
  linesOf,
  makeHost,
  makeRepository,
  makeTown,
  mergeOf,
  startOf,
  temporaryFolder,
  until,
} from "./support.ts";

async function scene() {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  return { repository, town, host, head, folder: temporaryFolder() };
}

/** A gate with a child, both deaf, that note their process ids and never end. */
function endlessGate(journal: string): string[] {
  const deaf = `process.on("SIGTERM", () => {}); setInterval(() => console.log("testing"), 20);`;
  return agent(`
    const child = require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(deaf)}], { stdio: "ignore" });
    fs.writeFileSync(${JSON.stringify(journal)}, child.pid + "\\n" + process.pid + "\\n");
    ${deaf}`);
}

test("a landing that is fenced in its gate ends it with all its children, and pushes and says nothing", async () => {
  const { repository, town, host, head, folder } = await scene();
  const [main, journal] = [repository.head(), join(folder, "journal")];
  await host.merge(mergeOf(town, repository.url, { head, gate: endlessGate(journal) }));
  await until(() => linesOf(journal).length === 2 && town.of(9).some((report) => report.kind === "log"));
  town.judge = () => "fenced";
  await until(() => !linesOf(journal).map(Number).some(isAlive));
  await until(() => !existsSync(join(host.state, "land/demo/shop/fix-it-9")));
  const told = town.reports.length;
  town.judge = () => "ok";
  await haveWitness(town, host);
  expect(town.reports).toHaveLength(told);
  expect(town.of(9).every(isSignOfLife)).toBe(true);
  expect(repository.head()).toBe(main);
  expect((await host.merge(mergeOf(town, repository.url, { head }))).status).toBe(200);
  expect(repository.head()).toBe(main);
});

test("a landing that is fenced while its push is under way says truthfully that it landed", async () => {
  const { repository, town, host, head, folder } = await scene();
  const [waiting, go] = [join(folder, "waiting"), join(folder, "go")];
  const hook = join(repository.url, "hooks", "pre-receive");
  writeFileSync(hook, `#!/bin/sh\ntouch ${waiting}\nwhile ! [ -e ${go} ]; do sleep 0.05; done\n`);
  chmodSync(hook, 0o755);
  await host.merge(mergeOf(town, repository.url, { head }));
  await until(() => existsSync(waiting));
  town.judge = () => "fenced";
  const told = town.of(9).length;
  await until(() => town.of(9).length > told);
  town.judge = ({ fence }) => (fence === 9 ? "fenced" : "ok");
  await haveWitness(town, host);
  writeFileSync(go, "");
  expect(await town.last(9)).toMatchObject({ kind: "landed", head });
  expect(repository.head()).toBe(head);
});

test("a landing that is fenced while it waits for another's gate leaves the line, and its bead can run at once", async () => {
  const { repository, town, host, head, folder } = await scene();
  const journal = join(folder, "journal");
  const first = { bead: "first", branch: "town/first/1", fence: 8 };
  const firstHead = repository.push(first.branch, "origin/main", { "b.txt": "b" });
  await host.merge(mergeOf(town, repository.url, { ...first, head: firstHead, gate: endlessGate(journal) }));
  await until(() => linesOf(journal).length === 2);
  await host.merge(mergeOf(town, repository.url, { head }));
  await until(() => town.of(9).length > 2);
  const askedMs = performance.now();
  expect((await host.start(startOf(town, repository.url, { fence: 10 }))).status).toBe(202);
  expect(await town.last(10)).toMatchObject({ kind: "finished" });
  expect(performance.now() - askedMs).toBeLessThan(10_000);
  expect(town.of(9).every(isSignOfLife)).toBe(true);
  town.judge = (report) => (report.fence === 8 ? "fenced" : "ok");
  await until(() => !linesOf(journal).map(Number).some(isAlive));
});
