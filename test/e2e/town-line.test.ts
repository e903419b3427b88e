/** What is followed for long outlives a town keeper that ends and begins again; all else says who does not answer. */
import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { repoRoot, statePaths } from "../../cli/paths.ts";
import { prepareState } from "../../cli/preflight.ts";
import { listen, temporary, terminal } from "./support.ts";

/** A command that runs, what it has said so far, and its exit code. */
function typed(state: string, args: readonly string[]) {
  const child = spawn(process.execPath, [join(repoRoot, "cli/town.ts"), ...args, "--state", state], {
    env: { ...terminal, HOME: state, INIT_CWD: state },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const said = { out: "", err: "" };
  child.stdout.on("data", (data) => {
    said.out += data;
  });
  child.stderr.on("data", (data) => {
    said.err += data;
  });
  return { said, code: new Promise<number | null>((resolve) => child.on("exit", resolve)) };
}

/** A Worker as far as these commands ask it, which is over for whatever `isOver` says. */
function answering(now: { isOver: boolean; asked: string[] }): RequestListener {
  return (request, response) => {
    const path = new URL(request.url ?? "", "http://town").pathname.replace("/v1/towns/home", "");
    now.asked.push(path);
    const json = (body: object) => response.end(JSON.stringify(body));
    if (path === "/stream") return void response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    if (path.endsWith("/log")) return json({ state: now.isOver ? "finished" : "running", pieces: [] });
    if (path === "/attempts")
      return json({ items: [{ fence: 1, bead: "a-1", kind: "run", state: "running" }], nextCursor: null });
    if (path === "/attention") return json({ items: [], more: 0 });
    if (path === "/beads") return json({ items: [], nextCursor: null });
    return json({ id: "a-1", beads: { total: 0 }, status: now.isOver ? "closed" : "open", lastFailure: null });
  };
}

async function aWorker() {
  const state = temporary();
  const paths = statePaths(state);
  prepareState(paths.folder);
  writeFileSync(paths.token, "tk_test\n");
  writeFileSync(paths.town, "home\n");
  const now = { isOver: false, asked: [] as string[] };
  let server: Server = createServer(answering(now));
  const port = await listen(server);
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(paths.url, url);
  const end = (): void => {
    rmSync(paths.url, { force: true });
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(end);
  const begin = async (): Promise<void> => {
    server = createServer(answering(now));
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  };
  return { state, url, now, end, begin };
}

test.each([
  [["bead", "wait", "a-1"], "/beads/a-1", true],
  [["logs", "a-1", "-f"], "/attempts/1/log", true],
  [["logs", "-f"], "/attempts/1/log", false],
  [["bead", "list", "--watch"], "/stream", false],
  [["attention", "--watch"], "/stream", false],
  [["watch"], "/stream", false],
])("%j goes on once the town keeper is back, and says so", async (args, path, ends) => {
  const { state, url, now, end, begin } = await aWorker();
  const { said, code } = typed(state, args);
  // Asked twice, or something shown: then it has been answered, and is under way.
  await expect.poll(() => now.asked.filter((each) => each === path).length > 1 || said.out !== "").toBe(true);
  end();
  await expect.poll(() => said.err).toContain(`nobody answers at ${url} any more`);
  now.isOver = true;
  await begin();
  await expect.poll(() => said.err).toContain(`${url} answers again`);
  expect(said.err.match(/nobody answers/g)).toHaveLength(1);
  expect(said.err).not.toMatch(/fetch failed|Error|\n {4}at /);
  if (ends) expect(await code).toBe(0);
});

test("where the state is gone by the time that nobody answers, it is said who does not", async () => {
  const { state, url, now, end } = await aWorker();
  const { said, code } = typed(state, ["bead", "wait", "a-1", "--timeout", "1s"]);
  await expect.poll(() => now.asked).toContain("/beads/a-1");
  end();
  expect(await code).toBe(3);
  expect(said.err).toContain(`nobody answers at ${url}`);
  expect(said.err).not.toMatch(/fetch failed|\n {4}at /);
});
