/** Words to a run, and what counts as a sign of its agent. */
import { appendFileSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Activity } from "../../host/activity.ts";
import type { Report } from "../../src/protocol/reports.ts";
import { agent, makeHost, makeRepository, makeTown, sleeper, startOf, temporaryFolder, until } from "./support.ts";

const word = (fence: number, id: string, text = "go on") => ({ protocol: 1, town: "demo", fence, id, text });
const linesIn = (path: string) =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; text: string });

/** How long the agent has been silent, as the heartbeats of a fence tell it. */
const silences = (reports: Report[]) =>
  reports.flatMap((report) =>
    report.kind === "heartbeat" && report.agentActiveAtMs !== null && report.sentAtMs !== undefined
      ? [report.sentAtMs - report.agentActiveAtMs]
      : [],
  );

test("a word lies in the inbox once, outside the worktree; a lower fence is refused, and where nothing runs it is gone", async () => {
  const [town, repository, host] = [await makeTown(), makeRepository(), await makeHost()];
  const seen = join(temporaryFolder(), "inbox");
  const command = agent(`
    const inbox = process.env.TOWNKEEPER_INBOX;
    fs.writeFileSync(${JSON.stringify(seen)}, inbox);
    const timer = setInterval(() => {
      const words = fs.readFileSync(inbox, "utf8");
      if (!words.includes("that is all")) return;
      clearInterval(timer);
      fs.writeFileSync("answer.txt", "heard");
    }, 50);`);
  const tell = (body: unknown, whom = "amy") => host.call("POST", `/v1/runs/${whom}/messages`, body);
  expect(await tell(word(2, "a"))).toMatchObject({ status: 404, body: { accepted: false, code: "gone" } });
  await host.start(startOf(town, repository.url, { fence: 2, command }));
  const inbox = await until(() => {
    try {
      return readFileSync(seen, "utf8");
    } catch {
      return null;
    }
  });
  expect(await tell(word(2, "2.1.7"))).toMatchObject({ status: 200, body: { accepted: true } });
  expect(await tell(word(2, "2.1.7"))).toMatchObject({ status: 200, body: { accepted: true } });
  expect(await tell(word(1, "1.1.7"))).toMatchObject({ status: 409, body: { accepted: false, code: "fenced" } });
  expect(await tell(word(3, "3.1.7"))).toMatchObject({ status: 404, body: { code: "gone" } });
  expect(await tell(word(2, "2.1.7"), "bob")).toMatchObject({ status: 404, body: { code: "gone" } });
  expect(await tell({ ...word(2, ""), town: "No" })).toMatchObject({ status: 400, body: { code: "invalid" } });
  expect(linesIn(inbox)).toMatchObject([{ id: "2.1.7", text: "go on" }]);
  appendFileSync(inbox, "what an agent wrote there\n");
  await tell(word(2, "2.1.9", "that is all"));
  expect(await town.last(2)).toMatchObject({ kind: "finished" });
  expect(repository.file("answer.txt", "town/fix-it/2")).toBe("heard");
  expect(() => repository.file("inbox.jsonl", "town/fix-it/2")).toThrow();
  await until(async () => (await tell(word(2, "2.1.11"))).body.code === "gone");
});

test("a run that was stopped is told nothing more", async () => {
  const [town, repository, host] = [await makeTown(), makeRepository(), await makeHost()];
  await host.start(startOf(town, repository.url, { command: sleeper(join(temporaryFolder(), "journal")) }));
  await host.stop("amy", 1);
  expect(await host.call("POST", "/v1/runs/amy/messages", word(1, "x"))).toMatchObject({ body: { code: "fenced" } });
});

test("a build that prints nothing counts as at work as long as a child of it computes; an agent that waits does not", async () => {
  const [town, repository, host] = [await makeTown(), makeRepository(), await makeHost()];
  const builds = agent(`
    require("node:child_process").spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore", detached: true });
    setInterval(() => {}, 1000);`);
  const waits = agent("setInterval(() => {}, 1000);");
  await host.start(startOf(town, repository.url, { command: builds }));
  await host.start(startOf(town, repository.url, { command: waits, agent: "bob", bead: "wait", fence: 2 }));
  await until(() => silences(town.of(2)).some((ms) => ms > 6_000), 30_000);
  const latest = Math.min(...silences(town.of(1)).slice(-20));
  expect(latest).toBeLessThan(4_000);
  await Promise.all([host.stop("amy", 1), host.stop("bob", 2)]);
});

test("a file that changes in the worktree is a sign of its agent; a file of a made-up date is none", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "src/deep"), { recursive: true });
  const activity = new Activity({ pgid: null, marks: [] }, folder, 50);
  const silence = async () => {
    await sleep(120);
    await activity.look();
    return Date.now() - activity.atMs;
  };
  expect(await silence()).toBeGreaterThan(100);
  writeFileSync(join(folder, "src/deep/new.ts"), "x");
  expect(await silence()).toBeLessThan(100);
  utimesSync(join(folder, "src/deep/new.ts"), new Date(), new Date(Date.now() + 86_400_000));
  expect(await silence()).toBeGreaterThan(100);
  writeFileSync(join(folder, "src/other.ts"), "x");
  expect(await silence()).toBeLessThan(100);
});
