import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import {
  agent,
  isAlive,
  linesOf,
  makeHost,
  makeRepository,
  makeTown,
  mergeOf,
  sleeper,
  spawnHost,
  startOf,
  temporaryFolder,
  until,
} from "./support.ts";

test("a host that can't reach the town for a whole lease ends its own run and pushes nothing", async () => {
  const town = await makeTown();
  const [repository, host] = [makeRepository(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  const request = startOf(town, repository.url, { command: sleeper(journal) });
  await host.start({ ...request, reporting: { ...request.reporting, leaseMs: 700 } });
  await until(() => linesOf(journal).length === 1);
  await sleep(900);
  expect(linesOf(journal)).toHaveLength(1);
  town.judge = () => 503;
  const cutOffMs = performance.now();
  await until(() => linesOf(journal).length === 2);
  expect(performance.now() - cutOffMs).toBeLessThan(7_000); // ten leases: the machine may be busy, the lease is not minutes
  await until(() => !isAlive(Number(linesOf(journal)[0]?.split(" ")[1])));
  expect(repository.branches()).toEqual(["main"]);
  town.judge = () => "ok";
  expect(await town.last(1)).toMatchObject({ kind: "failed", failure: "lost", code: "lease_expired" });
});

test("a town that takes requests but never answers is out of reach as well", async () => {
  const town = await makeTown(() => "silence");
  const [repository, host] = [makeRepository(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  const request = startOf(town, repository.url, { command: sleeper(journal) });
  await host.start({ ...request, reporting: { ...request.reporting, leaseMs: 700 } });
  await until(() => linesOf(journal).length === 2);
  expect(repository.branches()).toEqual(["main"]);
  town.judge = () => "ok";
});

test("a heartbeat that did not get through is said again long before the next beat", async () => {
  const town = await makeTown(() => 503);
  const [repository, host] = [makeRepository(), await makeHost()];
  const request = startOf(town, repository.url, { command: sleeper(join(temporaryFolder(), "journal")) });
  await host.start({ ...request, reporting: { ...request.reporting, heartbeatMs: 600_000, leaseMs: 600_000 } });
  await until(() => town.of(1).length > 1);
  town.judge = () => "ok";
});

test("work that ends while the town is out of reach is pushed once it answers, within the lease", async () => {
  const town = await makeTown(() => 503);
  const [repository, host] = [makeRepository(), await makeHost()];
  await host.start(startOf(town, repository.url));
  await until(() => town.of(1).length > 3);
  expect(repository.branches()).toEqual(["main"]);
  town.judge = () => "ok";
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
});

test("a host that slept past its lease notices before it pushes the work", async () => {
  const [repository, town] = [makeRepository(), await makeTown()];
  const folder = temporaryFolder();
  const [host, go] = [await spawnHost(temporaryFolder()), join(folder, "go")];
  const command = agent(`
    fs.writeFileSync(${JSON.stringify(join(folder, "runs"))}, "");
    setInterval(() => { if (fs.existsSync(${JSON.stringify(go)})) { fs.writeFileSync("a.txt", "a"); process.exit(0); } }, 20);`);
  const request = startOf(town, repository.url, { command });
  await host.start({ ...request, reporting: { ...request.reporting, leaseMs: 1_000 } });
  await until(async () => (await host.runs())[0]?.state === "running");
  host.child.kill("SIGSTOP");
  writeFileSync(go, "");
  await sleep(1_200);
  host.child.kill("SIGCONT");
  expect(await town.last(1)).toMatchObject({ kind: "failed", failure: "lost", code: "lease_expired" });
  expect(repository.branches()).toEqual(["main"]);
});

test("a landing whose lease runs out ends its gate and pushes nothing", async () => {
  const town = await makeTown(() => 503);
  const [repository, host] = [makeRepository(), await makeHost()];
  const head = repository.push("town/fix-it/1", "origin/main", { "a.txt": "a" });
  const journal = join(temporaryFolder(), "journal");
  const request = mergeOf(town, repository.url, { head, gate: sleeper(journal) });
  await host.merge({ ...request, reporting: { ...request.reporting, leaseMs: 700 } });
  await until(() => linesOf(journal).length === 2);
  town.judge = () => "ok";
  expect(await town.last(9)).toMatchObject({ kind: "failed", failure: "lost", code: "lease_expired" });
  expect(repository.count()).toBe(1);
});
