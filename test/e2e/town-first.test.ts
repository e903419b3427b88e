/** What somebody meets first who names a state folder, a token or a context: each refusal says what else to name. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { repoRoot, statePaths } from "../../cli/paths.ts";
import { prepareState } from "../../cli/preflight.ts";
import { writeContexts } from "../../cli/town/contexts.ts";
import { listen, temporary, terminal } from "./support.ts";

/** A Worker that takes `tk_all` for everything, `tk_user` for no POST, and no other token; and a terminal. */
async function aWorker() {
  const folder = temporary();
  const state = join(folder, "state");
  mkdirSync(state);
  const paths = statePaths(state);
  prepareState(paths.folder);
  const server = createServer((request, response) => {
    const refuse = (status: number, code: string, detail: string) =>
      response.writeHead(status).end(JSON.stringify({ code, detail }));
    const { authorization } = request.headers;
    if (authorization === "Bearer tk_user" && request.method === "POST")
      return refuse(403, "scope_missing", "This token has no scope for it.");
    if (!/^Bearer tk_(all|user)$/.test(authorization ?? "")) return refuse(401, "unauthenticated", "Who are you?");
    return response.end(JSON.stringify({ name: "home", defaultBranch: "main", preflight: null, items: [], more: 0 }));
  });
  onTestFinished(() => void server.close());
  writeFileSync(paths.url, `http://127.0.0.1:${await listen(server)}`);
  writeFileSync(paths.token, "tk_all\n");
  writeFileSync(paths.userToken, "tk_user\n");
  const env = { ...terminal, HOME: folder, INIT_CWD: folder };
  const town = (args: string[], more: NodeJS.ProcessEnv = {}): Promise<{ code: number; out: string; err: string }> =>
    new Promise((resolve) => {
      const words = [join(repoRoot, "cli/town.ts"), ...args];
      const child = execFile(process.execPath, words, { env: { ...env, ...more } }, (error, out, err) =>
        resolve({ code: Number(error?.code ?? 0), out, err }),
      );
      child.stdin?.end();
    });
  return { town, state, env, folder, paths };
}

const INIT = ["init", "-y", "--town", "home", "--repository", "/app.git", "--command", "true", "--bead", "none"];

test("a token that may too little is told of the file that may all", async () => {
  const { town, state, paths } = await aWorker();
  const refused = await town([...INIT, "--state", state, "--token-file", paths.userToken]);
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("state/token holds a token that has all") });
  expect(await town([...INIT, "--state", state])).toMatchObject({ code: 0 });
});

test("TOWNKEEPER_STATE names the folder as --state does, before a context that is in use", async () => {
  const { town, state, env, folder } = await aWorker();
  writeContexts(env, { current: "far", contexts: { far: { url: "http://127.0.0.1:1", token: "tk_far" } } });
  expect(await town(["attention"], { TOWNKEEPER_STATE: state })).toMatchObject({ code: 0 });
  const nobody = await town(["attention", "--state", join(folder, "none")], { TOWNKEEPER_STATE: state });
  expect(nobody).toMatchObject({ code: 3, err: expect.stringMatching(/no town keeper runs here.*--state DIR/) });
});

test("init beside a context that is in use says that commands go elsewhere, and how that ends", async () => {
  const { town, state, env } = await aWorker();
  expect((await town([...INIT, "--state", state])).err).toContain("commands here are about it from now on");
  writeContexts(env, { current: "far", contexts: { far: { url: "http://127.0.0.1:1", token: "tk_far" } } });
  const named = INIT.map((word) => (word === "home" ? "other" : word));
  const { err } = await town([...named, "--state", state]);
  expect(err).toContain("context use local`");
  expect(err).not.toContain("commands here are about it");
});

test("a token that is not taken, or not there, is called by what holds it", async () => {
  const { town, state, folder } = await aWorker();
  const bad = await town(["attention", "--state", state], { TOWNKEEPER_TOKEN: "tk_bad" });
  expect(bad).toMatchObject({
    code: 1,
    err: expect.stringMatching(/that TOWNKEEPER_TOKEN holds: unset TOWNKEEPER_TOKEN/),
  });
  const none = await town(["attention", "--state", state, "--token-file", join(folder, "nope")]);
  expect(none).toMatchObject({ code: 2, err: expect.stringContaining("nope: give --token-file a file") });
  expect(none.err).not.toContain("--state");
});
