/** `npm start` as its user meets it: the real Worker in workerd, the real host, real git. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { statePaths } from "../../cli/paths.ts";
import { loadSecrets } from "../../cli/secrets.ts";
import { commandOf, descendants, freePort, listen, readIfThere, temporary, until } from "./support.ts";

const root = join(import.meta.dirname, "../..");
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function start(...args: string[]) {
  const child = spawn(process.execPath, [join(root, "cli/main.ts"), ...args], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    said.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    said.err += chunk;
  });
  const exit = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { child, said, exit };
}

test("the sample town closes every bead, though two dispatches fail on the way", async () => {
  const { said, exit } = start("--once", "--json", "--port", "0", "--state", temporary());
  expect(await exit, said.err).toBe(0);
  const summary = JSON.parse(said.out.trim().split("\n").at(-1) ?? "");
  expect(summary).toMatchObject({ town: "sample", liveRunsPerBeadMax: 1 });
  expect(summary.beads.total).toBeGreaterThanOrEqual(12);
  expect(summary.beads).toMatchObject({ closed: summary.beads.total, failed: 0 });
  expect(summary.attempts.refused).toBeGreaterThanOrEqual(1);
  expect(summary.attempts.unreachable).toBeGreaterThanOrEqual(1);
  expect(summary.attempts.total).toBe(
    summary.attempts.accepted + summary.attempts.refused + summary.attempts.unreachable,
  );
  expect(execFileSync("git", ["-C", summary.repo, "rev-parse", "main"], { encoding: "utf8" }).trim()).toBe(
    summary.head,
  );
  // Each bead landed once: its commit stands once in the history, and its branches are gone.
  const titles = execFileSync("git", ["-C", summary.repo, "log", "--format=%s", "main"], { encoding: "utf8" })
    .trim()
    .split("\n");
  expect(titles).toHaveLength(summary.beads.total + 1);
  expect(new Set(titles).size).toBe(titles.length);
  expect(said.err).toContain("dispatch refused by the host");
});

test.each([
  [["--port", "http"], "--port"],
  [["--port", "-1"], "--port -1: give a number from 0 to 65535"],
  [["--state", "--empty"], "--state needs a value: a folder"],
  [["--state="], "--state needs a value: a folder"],
  [["--state", ""], "--state needs a value: a folder"],
  [["--host-url", ""], "--host-url needs a value: a URL"],
  [["--host-token-file", "x"], "--host-url"],
  [["--json"], "--once"],
  [["--once", "--empty"], "--empty"],
  [["--frobnicate"], "--frobnicate"],
  [["--state", "/dev/null/x"], "/dev/null/x"],
])("%j is refused in one line, with exit code 2", async (args, word) => {
  const { said, exit } = start(...args);
  expect(await exit).toBe(2);
  expect(said.err).toContain(word);
  expect(said.err.trim().split("\n")).toHaveLength(1);
  expect(said.out).toBe("");
});

test("the host program says what it takes, before it looks at anything", () => {
  const file = join(root, "host/main.ts");
  const said = execFileSync(process.execPath, [file, "--state", "/dev/null/x", "--help"], { encoding: "utf8" });
  const [, options = ""] = /\nconst OPTIONS = \{\n([\s\S]*?)\n\}/.exec(readFileSync(file, "utf8")) ?? [];
  const flags = [...options.matchAll(/^ {2}"?([\w-]+)"?:/gm)].map(([, flag]) => flag);
  expect(flags).toContain("token-file");
  for (const flag of flags) expect(said).toMatch(new RegExp(`^  --${flag}\\b`, "m"));
});

test("a busy port is named, and nothing is left behind", async () => {
  const server = createServer();
  const port = await listen(server);
  const state = join(temporary(), "state");
  const { said, exit } = start("--empty", "--port", String(port), "--state", state);
  expect(await exit).toBe(2);
  server.close();
  expect(said.err).toContain(String(port));
  expect(() => readdirSync(state)).toThrow();
});

test.runIf(process.platform === "linux")(
  "kill -9 leaves no workerd, no host and no agent, and the next start finishes the work",
  async () => {
    const state = temporary();
    // The same port again, as a user would have it: there the old host's last words find the new town.
    const port = String(await freePort());
    const first = start("--port", port, "--state", state);
    await until(() => /in_review/.test(first.said.out), 30_000);
    const family = descendants(first.child.pid as number);
    expect(family.some(({ command }) => command.includes("workerd"))).toBe(true);
    expect(family.some(({ command }) => command.includes("host/main.ts"))).toBe(true);
    first.child.kill("SIGKILL");
    const left = () => family.filter(({ pid, command }) => commandOf(pid) === command).map(({ command }) => command);
    await expect.poll(left, { timeout: 15_000, interval: 200 }).toEqual([]);

    const second = start("--once", "--json", "--port", port, "--state", state);
    expect(await second.exit, second.said.err).toBe(0);
    const summary = JSON.parse(second.said.out.trim().split("\n").at(-1) ?? "");
    expect(summary).toMatchObject({ beads: { failed: 0, closed: summary.beads.total }, liveRunsPerBeadMax: 1 });
    const titles = execFileSync("git", ["-C", summary.repo, "log", "--format=%s", "main"], { encoding: "utf8" })
      .trim()
      .split("\n");
    expect(new Set(titles).size).toBe(titles.length);
  },
);

test("no token is in a log, an environment or a command line, and its file is for its owner only", async () => {
  const state = temporary();
  const { child, said, exit } = start("--empty", "--port", "0", "--state", state);
  await until(() => said.out.includes("Ctrl-C"), 30_000);
  const family = process.platform === "linux" ? [{ pid: child.pid }, ...descendants(child.pid as number)] : [];
  const shown = family.map(({ pid }) => readIfThere(`/proc/${pid}/environ`) + readIfThere(`/proc/${pid}/cmdline`));
  child.kill("SIGINT");
  expect(await exit).toBe(0);
  expect(said.out.match(/stopping …/g)).toHaveLength(1);
  const files = ["token", "user-token", "host-token", "run-token-key"];
  const secrets = files.map((name) => readFileSync(join(state, name), "utf8").trim());
  const logs = ["host.log", "worker.log"].map((name) => readIfThere(join(state, name)));
  const all = [said.out, said.err, ...logs, ...shown].join("\n");
  for (const name of files) expect(statSync(join(state, name)).mode & 0o077).toBe(0);
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(20);
    expect(all).not.toContain(secret);
  }
});

test("whoever stops reading what it prints does not end it, and sees no stack", async () => {
  const state = temporary();
  const { child, said, exit } = start("--empty", "--port", "0", "--state", state);
  child.stdout?.once("data", () => child.stdout?.destroy());
  await until(() => readIfThere(join(state, "url")) !== "", 30_000);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(child.exitCode).toBeNull();
  child.kill("SIGINT");
  expect(await exit).toBe(0);
  expect(said.err).toBe("");
});

test("a token file that is no file is named in one line", async () => {
  const state = temporary();
  mkdirSync(join(state, "token"));
  const { said, exit } = start("--empty", "--port", "0", "--state", state);
  expect(await exit).toBe(2);
  expect(said.err).toMatch(/^townkeeper: the secret in \S+token is a folder, and should be a file[^\n]*\n$/);
});

test("a token that others can read is closed to them, and one that can be guessed is told", () => {
  const paths = statePaths(temporary());
  writeFileSync(paths.token, "short\n", { mode: 0o644 });
  chmodSync(paths.token, 0o644); // whatever the umask made of it
  const said: string[] = [];
  expect(loadSecrets(paths, (line) => said.push(line)).token).toBe("short");
  expect(said).toEqual([
    expect.stringMatching(/token could be read by others; now only by you/),
    expect.stringMatching(/token has fewer than 16 characters/),
  ]);
  expect(statSync(paths.token).mode & 0o777).toBe(0o600);
  said.length = 0;
  loadSecrets(statePaths(temporary()), (line) => said.push(line));
  expect(said).toEqual([]);
});
