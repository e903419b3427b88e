/** Room: what attempts leave goes after a while, or when room is short; without room nothing starts. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { removeTree } from "../../host/agent-files.ts";
import { agent, git, makeHost, makeRepository, makeTown, sleeper, startOf, temporaryFolder, until } from "./support.ts";

const fails = agent(`console.log("as far as I got"); fs.writeFileSync("half.txt", "x"); process.exit(3);`);
const NEVER_ENOUGH = Number.MAX_SAFE_INTEGER;
const DAY_MS = 86_400_000;

/** A host's state with one failed attempt in it, and no host at work. */
async function withEvidence() {
  const [town, repository, host] = [await makeTown(), makeRepository(), await makeHost()];
  await host.start(startOf(town, repository.url, { command: fails }));
  await town.last(1);
  const record = join(host.state, "runs/demo/1.json");
  await until(() => JSON.parse(readFileSync(record, "utf8")).settled);
  await host.drain();
  const [rig = ""] = readdirSync(join(host.state, "work/demo"));
  const folder = join(host.state, "work/demo", rig, "fix-it-1");
  const log = join(host.state, "attempts/demo/fix-it-1/output.log");
  expect([existsSync(folder), existsSync(log)]).toEqual([true, true]);
  /** As if it had ended so long ago. */
  const age = (ms: number) => {
    const value = JSON.parse(readFileSync(record, "utf8"));
    writeFileSync(record, JSON.stringify({ ...value, outcomeAtMs: Date.now() - ms }));
  };
  return { town, repository, state: host.state, folder, log, age };
}

test("without room a start is refused with the figures before its fence is claimed, and preflight says the same", async () => {
  const [town, repository] = [await makeTown(), makeRepository()];
  const full = await makeHost({ minFreeBytes: NEVER_ENOUGH });
  const request = startOf(town, repository.url, { command: sleeper(join(temporaryFolder(), "journal")) });
  const answer = await full.start(request);
  expect(answer).toMatchObject({ status: 409, body: { accepted: false, code: "low_disk", retryAfterMs: 60_000 } });
  const figures = /^Only \d+ MiB are free where this host keeps its state, and a start needs \d+ MiB\./;
  expect(answer.body.message).toMatch(figures);
  const { command, rig, env } = request;
  const look = await full.call("POST", "/v1/preflight", { protocol: 1, town: "demo", rig, command, env });
  const { checks } = look.body as unknown as { checks: { name: string; ok: boolean; detail: string }[] };
  expect(checks.find(({ name }) => name === "disk")).toMatchObject({
    ok: false,
    // Others use the disk as well: the figure may have moved meanwhile.
    detail: expect.stringMatching(figures),
  });
  await full.drain();
  const roomy = await makeHost({ state: full.state, minFreeBytes: 0 });
  expect(await roomy.start(request)).toMatchObject({ status: 202 });
  await roomy.stop("amy", 1);
});

test("what a failed attempt left is there the same day, its log for a week, and then neither", async () => {
  const { state, folder, log, age } = await withEvidence();
  const hours = async (ms: number) => {
    age(ms);
    const host = await makeHost({ state });
    await until(async () => (await host.call("GET", "/v1/health")).status === 200);
    return host;
  };
  const sameDay = await hours(DAY_MS / 2);
  await sameDay.drain();
  expect([existsSync(folder), existsSync(log)]).toEqual([true, true]);
  const nextDay = await hours(1.1 * DAY_MS);
  await until(() => !existsSync(folder));
  await nextDay.drain();
  expect(existsSync(log)).toBe(true);
  await hours(7.1 * DAY_MS);
  await until(() => !existsSync(log));
});

test("what was kept of a bead goes when it is over: its folder, and its work in the mirror; its log stays for a week", async () => {
  const { town, state, folder, log } = await withEvidence();
  const mirrors = () => readdirSync(join(state, "rigs/demo")).map((name) => join(state, "rigs/demo", name));
  const kept = () => [
    existsSync(folder),
    existsSync(join(state, "kept/demo/fix-it.json")),
    mirrors().some((mirror) => git(mirror, "for-each-ref", "refs/kept") !== ""),
  ];
  const asked: string[] = [];
  town.isOver = (bearer) => asked.push(bearer) > 2;
  const host = await makeHost({ state });
  await until(() => asked.length === 1);
  expect(kept()).toEqual([true, true, true]);
  await host.stop("bob", 1); // a stop has it look again
  await until(() => asked.length === 2);
  expect(kept()).toEqual([true, true, true]);
  await host.stop("bob", 2);
  await until(() => !kept().includes(true));
  expect(new Set(asked)).toEqual(new Set(["run-token-1"]));
  expect(existsSync(log)).toBe(true);
  await host.stop("bob", 3);
  expect(asked).toHaveLength(3); // nothing is left to ask for
});

test("a town that says anything else than whether it is over has nothing removed", async () => {
  const { town, state, folder } = await withEvidence();
  let asked = 0;
  town.isOver = () => {
    asked++;
    return "yes" as never;
  };
  const host = await makeHost({ state });
  await until(() => asked === 1);
  await host.drain();
  expect(existsSync(folder)).toBe(true);
});

test("a bead that is cancelled while its agent works leaves nothing once that has stopped", async () => {
  const [town, repository, host] = [await makeTown(), makeRepository(), await makeHost()];
  const journal = join(temporaryFolder(), "journal");
  await host.start(startOf(town, repository.url, { command: sleeper(journal, `fs.writeFileSync("half", "x");`) }));
  await until(() => existsSync(journal));
  town.isOver = () => true;
  expect(await host.stop("amy", 1)).toMatchObject({ status: 200 });
  const [rig = ""] = readdirSync(join(host.state, "work/demo"));
  await until(() => readdirSync(join(host.state, "work/demo", rig)).length === 0);
  await until(() => !existsSync(join(host.state, "kept/demo/fix-it.json")));
});

test("where room is short it goes at once, and what is at work stays", async () => {
  const { town, repository, state, folder, log } = await withEvidence();
  const host = await makeHost({ state, minFreeBytes: 0 });
  const journal = join(temporaryFolder(), "journal");
  await host.start(startOf(town, repository.url, { command: sleeper(journal), agent: "bob", bead: "other", fence: 2 }));
  await until(() => existsSync(journal));
  await host.drain();
  expect(existsSync(folder)).toBe(true);
  const short = await makeHost({ state, minFreeBytes: NEVER_ENOUGH });
  await until(() => !existsSync(folder) && !existsSync(log));
  expect(await short.call("GET", "/v1/health")).toMatchObject({ status: 200 });
});

test("folders that are shut, deeper than a path may be long, or full of links are removed, and nothing that the links lead to", async () => {
  const folder = temporaryFolder();
  const [tree, elsewhere] = [join(folder, "tree"), join(folder, "elsewhere")];
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, "file"), "untouched");
  mkdirSync(tree);
  symlinkSync("../elsewhere", join(tree, "link"));
  const dig = `for (let i = 0; i < 600; i++) { fs.mkdirSync("0123456789"); process.chdir("0123456789"); }`;
  execFileSync(process.execPath, ["-e", dig], { cwd: tree });
  mkdirSync(join(tree, "shut/inner"), { recursive: true });
  execFileSync("chmod", ["000", join(tree, "shut")]);
  await removeTree(tree);
  expect(existsSync(tree)).toBe(false);
  expect(readFileSync(join(elsewhere, "file"), "utf8")).toBe("untouched");
});
