/** Agents run with the host's rights and may put anything where its files are: the host goes on, and says so. */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Activity } from "../../host/activity.ts";
import { createFile } from "../../host/agent-files.ts";
import { putInto } from "../../host/inbox.ts";
import { readText, writeDurably } from "../../host/state-files.ts";
import { entriesOf } from "../../host/untrusted-files.ts";
import { makeHost, makeRepository, makeTown, sleeper, startOf, temporaryFolder, until } from "./support.ts";

const fifo = (path: string) => execFileSync("mkfifo", [path]);

/** What may lie in the place of a file, and what it is then said to be. */
const replacements: [what: string, put: (path: string, elsewhere: string) => void, says: RegExp][] = [
  ["a pipe", fifo, /no file/],
  ["a link to a device without end", (path) => symlinkSync("/dev/zero", path), /a link/],
  ["a link to a file of somebody's", (path, elsewhere) => symlinkSync(elsewhere, path), /a link/],
  ["a link to nothing", (path, elsewhere) => symlinkSync(`${elsewhere}.new`, path), /a link/],
  ["a folder", (path) => mkdirSync(path), /a folder/],
  [
    "a second name of a file of somebody's",
    (path, elsewhere) => linkSync(elsewhere, path),
    /a file with a second name/,
  ],
];

test.each(replacements)("%s in the place of an inbox is left alone, in no time", async (_what, put, says) => {
  const folder = temporaryFolder();
  const [inbox, elsewhere] = [join(folder, "run/inbox.jsonl"), join(folder, "elsewhere")];
  writeFileSync(elsewhere, "untouched");
  mkdirSync(dirname(inbox));
  put(inbox, elsewhere);
  await expect(putInto(inbox, { id: "1", text: "go on" })).rejects.toThrow(says);
  expect(readFileSync(elsewhere, "utf8")).toBe("untouched");
  expect(existsSync(`${elsewhere}.new`)).toBe(false);
});

test("an inbox that an agent filled is read no further than it may be long, and gets no more", async () => {
  const inbox = join(temporaryFolder(), "inbox.jsonl");
  writeFileSync(inbox, "x".repeat(64 * 1024 * 1024));
  await putInto(inbox, { id: "1", text: "go on" });
  expect(lstatSync(inbox).size).toBe(64 * 1024 * 1024);
});

test.each(replacements)(
  "%s in the place of a new file of the host's goes, and nothing else does",
  async (_what, put) => {
    const folder = temporaryFolder();
    const [path, elsewhere] = [join(folder, "run/prompt.md"), join(folder, "elsewhere")];
    writeFileSync(elsewhere, "untouched");
    mkdirSync(dirname(path));
    put(path, elsewhere);
    await createFile(path, "the task");
    expect(lstatSync(path).isFile()).toBe(true);
    expect(readFileSync(path, "utf8")).toBe("the task");
    expect(readFileSync(elsewhere, "utf8")).toBe("untouched");
  },
);

test("a link in the place of a run's folder leads the host nowhere", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "elsewhere"));
  symlinkSync(join(folder, "elsewhere"), join(folder, "run"));
  await expect(createFile(join(folder, "run/prompt.md"), "the task")).rejects.toThrow("no folder");
  await expect(putInto(join(folder, "run/inbox.jsonl"), { id: "1", text: "go on" })).rejects.toThrow("no folder");
  expect(existsSync(join(folder, "elsewhere/prompt.md"))).toBe(false);
});

test.each(replacements.slice(0, 5))(
  "%s in the place of a record is no record, and the next one replaces it",
  (_what, put) => {
    const folder = temporaryFolder();
    const [path, elsewhere] = [join(folder, "fence"), join(folder, "elsewhere")];
    writeFileSync(elsewhere, "untouched");
    put(path, elsewhere);
    expect(() => readText(path)).toThrow();
    rmSync(path, { recursive: true });
    put(`${path}.tmp`, elsewhere);
    writeDurably(path, "7\n");
    expect(readText(path)).toBe("7\n");
    expect(readFileSync(elsewhere, "utf8")).toBe("untouched");
  },
);

test("a record that is larger than any is not read", () => {
  const path = join(temporaryFolder(), "fence");
  execFileSync("truncate", ["-s", "10G", path]);
  expect(() => readText(path)).toThrow("more than the host ever writes");
});

test("in a worktree full of pipes, links and files without number an agent's signs are still found, in bounded time", async () => {
  const folder = temporaryFolder();
  fifo(join(folder, ".git"));
  symlinkSync("/", join(folder, "root"));
  symlinkSync(join(folder, "loop"), join(folder, "loop"));
  const activity = new Activity({ pgid: null, marks: [] }, folder, 50);
  await sleep(80);
  await activity.look();
  expect(Date.now() - activity.atMs).toBeGreaterThan(60);
  writeFileSync(join(folder, "new.ts"), "x");
  await sleep(80);
  await activity.look();
  expect(Date.now() - activity.atMs).toBeLessThan(60);
});

test("a run whose agent replaces its inbox and the folder around it goes on, and so does its host", async () => {
  const [town, repository, host] = [await makeTown(), makeRepository(), await makeHost()];
  await host.start(startOf(town, repository.url, { command: sleeper(join(temporaryFolder(), "journal")) }));
  const folder = join(host.state, "attempts/demo/fix-it-1/agent");
  const inbox = join(folder, "inbox.jsonl");
  await until(() => existsSync(join(folder, "../output.log")));
  const tell = (id: string) =>
    host.call("POST", "/v1/runs/amy/messages", { protocol: 1, town: "demo", fence: 1, id, text: "go on" });
  rmSync(inbox);
  fifo(inbox);
  expect(await tell("1")).toMatchObject({ status: 409, body: { code: "inbox_replaced" } });
  rmSync(inbox);
  symlinkSync("/dev/zero", inbox);
  expect(await tell("2")).toMatchObject({ status: 409, body: { code: "inbox_replaced" } });
  renameSync(folder, `${folder}.away`);
  symlinkSync(`${folder}.away`, folder);
  expect(await tell("3")).toMatchObject({ status: 409, body: { code: "inbox_replaced" } });
  const before = town.of(1).length;
  await until(() => town.of(1).length > before + 2);
  await host.stop("amy", 1);
  expect(existsSync(`${folder}.away/prompt.md`)).toBe(true);
});

test("of a folder with files without number only so many are read", async () => {
  const folder = temporaryFolder();
  for (let file = 0; file < 500; file++) writeFileSync(join(folder, `file-${file}`), "");
  expect(await entriesOf(folder, 20)).toHaveLength(20);
  expect(await entriesOf(folder)).toHaveLength(500);
  symlinkSync(folder, join(folder, "link"));
  expect(await entriesOf(join(folder, "link"))).toEqual([]);
});
