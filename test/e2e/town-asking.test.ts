/** Questions at a terminal, and what is done where nobody can be asked. */
import { execFile, spawn } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { repoRoot } from "../../cli/paths.ts";
import { listen, temporary, terminal } from "./support.ts";

const CTRL_C = "\x03";
const CTRL_D = "\x04";

/** What was asked of a Worker that knows no town. */
async function aWorker() {
  const folder = temporary();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(404).end('{"code": "town_not_found", "detail": "There is no such town."}');
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  onTestFinished(() => void server.close());
  const env = { ...terminal, HOME: folder, INIT_CWD: folder, TOWNKEEPER_URL: url, TOWNKEEPER_TOKEN: "tk_test" };
  return { asked, url, env };
}

const program = join(repoRoot, "cli/town.ts");

/** On a terminal of its own: what is typed once something is asked, what is shown then, and the exit code. */
function onTerminal(
  args: string[],
  answers: string[],
  env: NodeJS.ProcessEnv,
): Promise<{ shown: string; code: number | null }> {
  const words = [process.execPath, program, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qec", words, "/dev/null"], { env, stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let shown = "";
  let seen = 0;
  child.stdout.on("data", (data) => {
    shown += data;
    // A question ends with a space behind its sign or its guess.
    if (!/[?\]] $/.test(stripVTControlCharacters(shown.slice(seen)))) return;
    seen = shown.length;
    child.stdin.write(answers.shift() ?? CTRL_D);
  });
  return new Promise((resolve) => child.on("exit", (code) => resolve({ shown, code })));
}

test.each([
  [["agent", "remove", "bob", "--town", "home"], [CTRL_C]],
  [["agent", "remove", "bob", "--town", "home"], [CTRL_D]],
  [["delete", "home", "--forever"], [CTRL_C]],
  [["delete", "home", "--forever"], [CTRL_D]],
  [["token", "revoke", "abc"], [CTRL_C]],
  [["init", "--town", "home"], [CTRL_C]],
  [["init", "--town", "home"], [CTRL_D]],
  [
    ["init", "--town", "home", "--repository", "/nowhere"],
    ["none\r", CTRL_C],
  ],
])("who leaves %j in place of an answer has changed nothing", async (args, answers) => {
  const { env, asked } = await aWorker();
  const { shown, code } = await onTerminal(args, answers, env);
  expect(shown).toContain("town: nothing was changed");
  expect(shown).not.toMatch(/Error|\n {4}at /);
  expect(code).toBe(130);
  expect(asked).toEqual([]);
});

test("a no changes nothing, a yes does it", async () => {
  const { env, asked } = await aWorker();
  expect(await onTerminal(["delete", "home"], ["n\r"], env)).toMatchObject({ code: 1 });
  expect(asked).toEqual([]);
  await onTerminal(["delete", "home"], ["yes\r"], env);
  expect(asked).toEqual(["DELETE /v1/towns/home"]);
});

const unasked = (args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; err: string }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { env }, (error, _, err) =>
      resolve({ code: Number(error?.code ?? 0), err }),
    );
    child.stdin?.end();
  });

test.each([
  [["delete", "t9", "--forever"], "delete t9 --forever --yes"],
  [["token", "revoke", "abc"], "token revoke abc --yes"],
  [["webhook", "remove", "ci", "--town", "home"], "webhook remove ci --yes --town home"],
  [["host", "remove", "box", "--drain", "--town", "home"], "host remove box --drain --yes --town home"],
])("where nobody can be asked, %j is done after --yes alone: it can't be had back", async (args, written) => {
  const { env, asked } = await aWorker();
  const refused = await unasked(args, env);
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining(`${written}\``) });
  expect(asked).toEqual([]);
  await unasked([...args, "--yes"], env);
  expect(asked).toHaveLength(1);
});

test("what can be had back is done unasked", async () => {
  const { env, asked } = await aWorker();
  await unasked(["delete", "t9"], env);
  await unasked(["agent", "remove", "bob", "--town", "home"], env);
  expect(asked).toEqual(["DELETE /v1/towns/t9", "DELETE /v1/towns/home/agents/bob"]);
});

test("the town that is not there is the one that was asked", async () => {
  const { env, url } = await aWorker();
  const here = { ...env, TOWNKEEPER_TOWN: "home" };
  const restored = (await unasked(["restore", "t1"], here)).err;
  expect(restored).toContain(`no town t1 was removed at ${url}`);
  expect(restored).toContain("list --removed`");
  const removed = (await unasked(["delete", "t1"], here)).err;
  expect(removed).toContain("there is no town t1 ");
  expect(removed).not.toContain("home");
  expect((await unasked(["status"], here)).err).toContain("there is no town home ");
});
