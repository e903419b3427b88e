/**
 * `npm run test:readme`: the README's first ten minutes, word for word, in a fresh clone: the start in one terminal, what is watched in
 * another, all else in a third. Only the port is another, since the usual one may be taken.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const PATIENCE_MS = 300_000;

const section =
  /\n## The first ten minutes\n([\s\S]*?)\n## /.exec(readFileSync(join(root, "README.md"), "utf8"))?.[1] ?? "";
const [start, work, watch, mend] = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block);

const folder = mkdtempSync(join(tmpdir(), "townkeeper-readme-"));
const clone = join(folder, "townkeeper");
const home = join(folder, "home");
const env = { ...process.env, HOME: home, TERM: "dumb", USER: "ada", XDG_CONFIG_HOME: join(home, ".config") };
for (const name of Object.keys(env)) if (/^(TOWNKEEPER_|INIT_CWD|npm_)/.test(name)) delete env[name];
env.PATH = env.PATH.split(":")
  .filter((each) => !each.startsWith(root))
  .join(":");
const running = [];

/** A terminal of its own, whose lines are kept. */
function terminal(script, cwd) {
  const child = spawn("bash", ["-c", script], { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const shell = { child, said: "", over: new Promise((resolve) => child.once("close", resolve)) };
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text) => {
      shell.said += text;
      process.stdout.write(text);
    });
  running.push(shell);
  return shell;
}

async function until(what, isSo) {
  const deadline = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function expect(what, text, ...patterns) {
  for (const pattern of patterns) if (!pattern.test(text)) throw new Error(`${what} does not say ${pattern}`);
}

async function main() {
  execFileSync("git", ["clone", "--quiet", "--no-hardlinks", root, clone]);
  symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
  execFileSync("mkdir", ["-p", home]);
  writeFileSync(join(home, ".gitconfig"), "[user]\n  name = Ada\n  email = ada@example.org\n");
  const keeper = terminal(start.replace("npm start -- --empty", "npm start -- --empty --port 0"), clone);
  await until("the start", () => /Ctrl-C ends it/.test(keeper.said));
  const path = /^export PATH=.*$/m.exec(work)?.[0] ?? "";
  const worked = terminal(work, clone);
  await until("a town to watch", () => /commands here are about it/.test(worked.said));
  const watched = terminal(`${path}\n${watch}`, clone);
  await worked.over;
  expect("the work", worked.said, /hello: lands on main/, /preflight passed/, /hello-1: queued/, /hello-3: parked/);
  const mended = terminal(`${path}\ncd ~/hello\n${mend}`, clone);
  await mended.over;
  expect("the remedy", mended.said, /warning parked.*hello-3/, /nobody told me how to say goodbye/, /hello-3: closed/);
  expect("what landed", mended.said, /hello-1 +closed/, /hello-2 +closed/, /hello-3 +closed/, /^See you$/m);
  await until("the end in what is watched", () => /hello-3 in_review → closed/.test(watched.said));
  expect("what is watched", watched.said, /hello-2 queued/, /hello-3 .*parked/);
}

const startedMs = performance.now();
let failed = null;
try {
  await main();
} catch (error) {
  failed = error;
}
for (const { child, over } of running.toReversed()) {
  try {
    process.kill(-child.pid, "SIGINT");
  } catch {
    continue; // over already
  }
  await over;
}
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
console.log(
  failed ? `readme: FAIL ${failed.message}` : `readme: ok in ${Math.round((performance.now() - startedMs) / 1_000)} s`,
);
process.exit(failed ? 1 : 0);
