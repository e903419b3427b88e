/** A town made, worked and looked at from the terminal alone, against a real Worker, a real host and real git. */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { repoRoot, statePaths } from "../../cli/paths.ts";
import { prepareState } from "../../cli/preflight.ts";
import { loadSecrets } from "../../cli/secrets.ts";
import { Services } from "../../cli/services.ts";
import { freePort, temporary, terminal } from "./support.ts";

interface Typed {
  code: number;
  out: string;
  err: string;
}

/** A keeper that has no town yet, a repository, and a terminal. */
async function aKeeper() {
  const state = temporary();
  const paths = statePaths(state);
  prepareState(paths.folder);
  const services = new Services({
    options: { external: null, agentUser: null, passEnv: null },
    paths,
    secrets: loadSecrets(paths),
    port: await freePort(),
    drills: [],
    say: () => {},
    onLost: () => {},
  });
  onTestFinished(() => services.stop());
  await services.start();
  writeFileSync(paths.url, services.url);
  const repository = join(state, "app.git");
  const git = (...args: string[]) => execFileSync("git", ["-C", state, ...args], { encoding: "utf8" });
  mkdirSync(join(state, "first"));
  git("init", "-q", "-b", "trunk", "first");
  git("-C", "first", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "begin");
  git("clone", "-q", "--bare", "first", repository);
  const town = (args: string[], input = "", folder = state): Promise<Typed> =>
    new Promise((resolve) => {
      const env = { ...terminal, INIT_CWD: folder, TOWNKEEPER_TOWN: "home" };
      const words = [join(repoRoot, "cli/town.ts"), "--state", state, ...args];
      const child = execFile(process.execPath, words, { env }, (error, out, err) =>
        resolve({ code: Number(error?.code ?? 0), out, err }),
      );
      child.stdin?.end(input);
    });
  return { town, state, repository, git: (...args: string[]) => git("--git-dir", repository, ...args) };
}

const AGENT = ["sh", "-c", "echo at work; cat > said.txt; git add . && git commit -qm said"];

test("from nothing to a landed change, by commands alone", async () => {
  const { town, repository, git } = await aKeeper();
  expect(await town(["bead", "list"])).toMatchObject({
    code: 1,
    err: expect.stringContaining("-- town create home --state"),
  });
  expect(await town(["town", "create", "home"])).toMatchObject({ code: 0, out: expect.stringMatching(/^home: made/) });
  expect(await town(["rig", "add", "app", repository])).toMatchObject({
    code: 0,
    out: expect.stringContaining("branch trunk"),
  });
  expect(await town(["agent", "add", "ada", "--rig", "app"])).toMatchObject({
    code: 2,
    err: expect.stringContaining("--preset"),
  });
  expect(await town(["agent", "add", "ada", "--rig", "app", "--", ...AGENT])).toMatchObject({ code: 0 });
  const made = await town(
    ["bead", "create", "Say it", "--rig", "app", "--body", "-", "--label", "x", "--wait", "--timeout", "60s"],
    "Bäume\n",
  );
  expect(made).toMatchObject({ code: 0, out: "app-1: queued for app\n", err: "app-1: closed\n" });
  expect(git("log", "--format=%s", "trunk")).toMatch(/^said\nbegin\n$/);
  expect(git("show", "trunk:said.txt")).toContain("Bäume");
  expect(await town(["bead", "log", "app-1"])).toMatchObject({ code: 0, out: expect.stringContaining("at work\n") });
  const shown = await town(["bead", "show", "app-1"]);
  expect(shown).toMatchObject({ out: expect.stringMatching(/^status +closed$/m) });
  expect(shown.out).toMatch(/^attempts\nFENCE +KIND.*\n2 +landing.*finished.*\n1 +run +ada +finished/m);
  expect((await town(["bead", "list", "-o", "name"])).out).toBe("app-1\n");
  const listed = await town(["bead", "list", "--status", "closed", "-o", "jsonl"]);
  expect(JSON.parse(listed.out)).toMatchObject({ id: "app-1", labels: ["x"] });
  expect((await town(["attempt", "list", "--bead", "app-1"])).out).toMatch(/^FENCE.*\n.*landing.*\n.*run/);
  expect((await town(["bead", "timeline", "app-1"])).out).toMatch(/over.*closed/);
});

test("work is held, edited, made to wait and taken back; what is wrong says so and changes nothing", async () => {
  const { town, repository } = await aKeeper();
  await town(["town", "create", "home"]);
  await town(["rig", "add", "app", repository]);
  const batch = [
    { rig: "app", title: "one", ref: "one" },
    { rig: "app", title: "two", dependsOn: ["one"] },
  ];
  const lines = batch.map((bead) => `${JSON.stringify(bead)}\n`).join("");
  expect(await town(["bead", "batch", "-"], lines)).toMatchObject({
    out: expect.stringMatching(/app-1 .*\napp-2 .* for 1 +two/),
    err: "",
  });
  expect((await town(["bead", "hold", "app-1", "--why", "not yet"])).code).toBe(0);
  expect((await town(["bead", "list"])).out).toMatch(/app-1 +open .*held/);
  expect((await town(["bead", "edit", "app-2", "--priority", "0", "--title", "second"])).code).toBe(0);
  expect((await town(["bead", "depend", "app-2", "--not-on", "app-1"])).out).toBe("app-2: open, waits for 0\n");
  expect((await town(["bead", "cancel", "app-2", "--why", "no"])).out).toBe(
    "app-2: cancelled; what runs of it is stopped\n",
  );
  expect((await town(["bead", "wait", "app-2", "--timeout", "5s"])).code).toBe(6);
  expect(
    (await town(["convoy", "create", "tour", "A tour", "--rig", "app", "--bead", "a", "--bead", "b", "--in-order"]))
      .code,
  ).toBe(0);
  expect((await town(["convoy", "show", "tour"])).out).toMatch(/criticalPath +app-3, app-4/);
  expect((await town(["host", "add", "box"])).out).toMatch(/token +\S{20}/);
  expect((await town(["host", "list"])).out).toMatch(/box +away/);
  expect((await town(["town", "set", "maxAgents=3"])).code).toBe(0);
  for (const [args, code, word] of [
    [["bead", "create", "x"], 2, "--rig"],
    [["bead", "create", "x"], 2, "bead create --help"],
    [["bead", "create", "@x.md", "--rig", "app"], 2, "--body @x.md"],
    [["bead", "list", "--rig", "nosuch"], 1, "no rig nosuch"],
    [["bead", "show", ".."], 2, 'nothing is called ".."'],
    [["bead", "show", "x/y"], 1, "the bead: use lower-case letters"],
    [["bead", "list", "--status", "done"], 2, "Allowed choices"],
    [["bead", "frob"], 2, "unknown command"],
    [["bead"], 2, "bead what?"],
    [["bead", "edit", "app-1"], 2, "say what should change"],
    [["bead", "show", "app-99"], 1, "no bead app-99"],
    [["bead", "create", "x", "--rig", "app", "--body", "@/nowhere"], 2, "ENOENT"],
    [["town", "set", "colour=red"], 1, "no setting colour. There are "],
    [["town", "set", "maxAgnts=3"], 1, "Did you mean maxAgents? Nothing was changed"],
    [["bead", "create", "x", "--rig", "app", "--body", "-"], 2, "nothing came"],
    [["rig", "add", "a b", "--branch", "trunk"], 2, "rig add 'a b' REPOSITORY --branch trunk --state"],
    [["bead", "list", "--url", "http://127.0.0.1:1", "--token-file", "/dev/null"], 2, "no token"],
  ] as const) {
    const said = await town([...args]);
    expect(said, args.join(" ")).toMatchObject({ code, err: expect.stringContaining(word) });
    expect(said.err.trim().split("\n").at(-1)).toMatch(/^town: /);
  }
  const refused = await town(["bead", "show", "app-99", "-o", "json"]);
  expect(JSON.parse(refused.err)).toMatchObject({ code: "bead_not_found" });
  expect((await town(["bead", "list", "-o", "name"])).out.trim().split("\n")).toHaveLength(4);
});

test("init sets a town up for the repository that one stands in, and again adds only what is missing", async () => {
  const { town, state, repository } = await aKeeper();
  const folder = join(state, "Clone of APP");
  execFileSync("git", ["clone", "-q", repository, folder]);
  writeFileSync(join(folder, "package.json"), '{"scripts": {"test": "node --test"}}');
  const asks = await town(["init"], "", folder);
  expect(asks).toMatchObject({ code: 2, err: expect.stringMatching(/^town: Which tool.*--preset TOOL or --command/) });
  expect(await town(["bead", "list"])).toMatchObject({ code: 1, err: expect.stringContaining("no town home") });

  writeFileSync(join(folder, "agent.sh"), "#!/bin/sh\n", { mode: 0o755 });
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b", ...args]);
  git("add", "agent.sh");
  git("commit", "-q", "-m", "What the agent runs");
  git("push", "-q", "origin", "trunk");
  const command = ["--command", "./agent.sh {prompt_file}"];
  const first = await town(["init", "-y", ...command, "--bead", "Say hello"], "", folder);
  expect(first).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^app-1: queued\..* bead wait app-1 --town home/),
  });
  expect(first.err).toContain("app: lands on trunk");
  expect(first.err).toContain("gate: npm test (from package.json)");
  const looked = /^app: changed, branch trunk\n {2}trunk is at [0-9a-f]{40}; the remote takes branches; .*\n$/;
  expect(await town(["rig", "edit", "app", "--branch", "none"])).toMatchObject({
    code: 0,
    out: expect.stringMatching(looked),
  });
  expect(JSON.parse((await town(["rig", "show", "app", "-o", "json"])).out)).toMatchObject({
    repoUrl: repository,
    gate: ["npm", "test"],
  });
  expect(JSON.parse((await town(["agent", "show", "ada", "-o", "json"])).out)).toMatchObject({
    command: ["./agent.sh", "{prompt_file}"],
  });
  const again = await town(["init", "-y", ...command], "", folder);
  expect(again).toMatchObject({ code: 0, out: expect.stringMatching(/^home is ready/) });
  expect(again.err).toMatch(/home is there already\napp is there already\nada is there already/);
});

test("what is typed wrongly is refused at the terminal's own door, and open without a terminal leaves no token behind", async () => {
  const { town, repository } = await aKeeper();
  const init = ["init", "--repository", repository, "-y"];
  for (const [more, word] of [
    [["--gate", "make 'test"], "make 'test is no command: the single quote that begins at 'test is not closed"],
    [["--command", './agent.sh "x'], 'the double quote that begins at "x is not closed'],
  ] as const) {
    expect(await town([...init, "--command", "true", ...more])).toMatchObject({
      code: 2,
      err: expect.stringContaining(word),
    });
    expect(await town(["bead", "list"])).toMatchObject({ code: 1, err: expect.stringContaining("no town home") });
  }
  expect(await town([...init, "--command", "true"])).toMatchObject({ code: 0 });
  expect(await town(["rig", "edit", "app", "--gate", "make 'test"])).toMatchObject({ code: 2 });
  expect(await town(["rig", "edit", "app", "--gate", "sh -c 'echo no; exit 1'"])).toMatchObject({ code: 0 });
  expect((await town(["rig", "list"])).out).toContain("sh -c 'echo no; exit 1'");
  expect(await town(["rig", "add", "away", "/nowhere"])).toMatchObject({
    code: 6,
    out: expect.stringMatching(/^away: added, but can't be worked in yet\n {2}This host can't reach \/nowhere: /),
  });
  expect(await town(["town", "set", "heartbeatMs=null"])).toMatchObject({ code: 0 });
  const before = await town(["token", "list", "-o", "name"]);
  expect(await town(["open"])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^http:\S+\/t\/home\n$/),
    err: expect.stringMatching(
      /^no browser could be opened here \(this is no terminal\): .* the page asks for the token, which is in \S+\n$/,
    ),
  });
  expect(await town(["open", "--print"])).toMatchObject({ code: 0, err: "" });
  expect(await town(["token", "list", "-o", "name"])).toEqual(before);
});
