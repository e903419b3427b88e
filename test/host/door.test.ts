import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  clientOf,
  makeHost,
  makeRepository,
  makeTown,
  mergeOf,
  spawnHost,
  startOf,
  temporaryFolder,
  until,
} from "./support.ts";

test("nobody gets in with a wrong token, or none", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  for (const token of ["wrong", "test-host-toke", ""]) {
    const stranger = clientOf(host.port, token);
    const answers = [
      await stranger.start(startOf(town, repository.url)),
      await stranger.merge(mergeOf(town, repository.url, { head: repository.head() })),
      await stranger.stop("amy", 1),
      await stranger.call("GET", "/v1/runs"),
      await stranger.call("GET", "/v1/health"),
      await stranger.call("GET", "/elsewhere"),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([401, 401, 401, 401, 401, 401]);
    expect(answers[0]?.body).toMatchObject({ accepted: false, code: "unauthorized" });
    expect(answers[0]?.body).not.toHaveProperty("bootId");
  }
  expect(await host.runs()).toEqual([]);
});

test("health says who answers, what it speaks and how much it runs", async () => {
  const host = await makeHost();
  const { body } = await host.call("GET", "/v1/health");
  expect(body).toEqual({
    room: { places: 16, free: 16 },
    ...{ ok: true, bootId: expect.any(String), protocol: 1, draining: false },
    ...{ runs: 0, landings: 0, undelivered: 0 },
  });
});

test.each([
  "--upload-pack=touch /tmp/owned",
  "-ohello",
  "ext::sh -c touch% /tmp/owned",
  "https://me:password@git.invalid/x.git",
  "relative/path",
  "",
])("the repository URL %j is refused", async (repoUrl) => {
  const [town, host] = [await makeTown(), await makeHost()];
  const start = await host.start(startOf(town, repoUrl));
  const merge = await host.merge(mergeOf(town, repoUrl, { head: "0".repeat(40) }));
  expect([start.status, merge.status]).toEqual([400, 400]);
  expect(start.body).toMatchObject({
    accepted: false,
    code: "invalid",
    message: expect.stringMatching(/rig\.repoUrl: /),
  });
  expect(start.text).not.toMatch(/password@/);
});

test.each(["-delete", "--force", "main", "a..b", "x.lock", "a//b", "ends/", "with space", "+main", ":main", "a:b"])(
  "the branch %j is refused for a landing",
  async (branch) => {
    const [town, host] = [await makeTown(), await makeHost()];
    const answer = await host.merge(mergeOf(town, "/srv/shop.git", { head: "0".repeat(40), branch }));
    expect(answer.status).toBe(400);
    expect(answer.body.message).toMatch(/branch/);
  },
);

test("what does not fit is refused with the place and the remedy, never with the values", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const start = startOf(town, repository.url);
  const problems = [
    await host.start({ ...start, bead: "../../etc" }),
    await host.start({ ...start, town: "UPPER" }),
    await host.start({ ...start, rig: { ...start.rig, defaultBranch: "-x" } }),
    await host.start({ ...start, env: { "A=B": "top-secret" } }),
    await host.start({ ...start, command: [] }),
    await host.call("PUT", "/v1/runs/bob", start),
    await host.call("PUT", "/v1/runs/amy", "{not json"),
    await host.call("PUT", "/v1/runs/amy", "null"),
    await host.call("DELETE", "/v1/runs/amy?town=demo"),
    await host.call("DELETE", "/v1/runs/..%2F..?town=demo&fence=1"),
  ];
  expect(problems.map((answer) => answer.status)).toEqual(problems.map(() => 400));
  expect(problems[0]?.body.message).toMatch(/^bead: use lower-case/);
  expect(problems.map((answer) => answer.text).join()).not.toMatch(/top-secret/);
  expect((await host.call("PUT", "/v1/runs/amy", { ...start, prompt: "x".repeat(1_100_000) })).status).toBe(413);
  expect(await host.runs()).toEqual([]);
});

test("another protocol version is refused with the one this host speaks", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const answer = await host.call("PUT", "/v1/runs/amy", { ...startOf(town, repository.url), protocol: 2 });
  expect([answer.status, answer.body.code]).toEqual([409, "protocol"]);
  expect(answer.body.message).toMatch(/protocol 1/);
});

test("a prompt or title that looks like an option or a script stays text", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const owned = join(temporaryFolder(), "owned");
  const title = `--amend $(touch ${owned})`;
  await host.start(startOf(town, repository.url, { title, prompt: `\`touch ${owned}\`` }));
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
  expect(existsSync(owned)).toBe(false);
});

test("without a token or with flags it does not know, the program says what to do and exits 2", async () => {
  const run = (flags: string[], env: Record<string, string>) => {
    const { TOWNKEEPER_HOST_TOKEN: _, ...rest } = process.env;
    return spawnSync(process.execPath, ["host/main.ts", ...flags], {
      cwd: join(import.meta.dirname, "../.."),
      env: { ...rest, ...env },
      encoding: "utf8",
    });
  };
  const noToken = run(["--state", temporaryFolder()], {});
  expect([noToken.status, noToken.stderr.trim().split("\n").length]).toEqual([2, 1]);
  expect(noToken.stderr).toMatch(/--token-file, or TOWNKEEPER_HOST_TOKEN/);
  const folder = run(["--state", temporaryFolder(), "--token-file", temporaryFolder()], {});
  expect([folder.status, folder.stderr]).toEqual([2, expect.stringMatching(/--token-file .*EISDIR/)]);
  const nothing = run(["--state", temporaryFolder(), "--token-file", "-"], { TOWNKEEPER_HOST_TOKEN: "x" });
  expect([nothing.status, nothing.stderr]).toEqual([2, expect.stringContaining("--token-file - is empty")]);
  const badFlag = run(["--state", temporaryFolder(), "--drill", "explode:1"], { TOWNKEEPER_HOST_TOKEN: "x" });
  expect([badFlag.status, badFlag.stderr]).toEqual([2, expect.stringContaining("refuse:N")]);
  const empty = run(["--state", "", "--agent-user", ""], { TOWNKEEPER_HOST_TOKEN: "x" });
  expect([empty.status, empty.stderr]).toEqual([2, expect.stringContaining("--state needs a value")]);
});

test("a started host says on which port, over IPC and on stdout", async () => {
  const host = await spawnHost(temporaryFolder());
  expect(host.output()).toMatch(new RegExp(`agent host listening on http://127.0.0.1:${host.port}\\n`));
  const { bootId } = (await host.call("GET", "/v1/health")).body;
  expect(host.messages).toEqual([{ type: "listening", port: host.port, bootId }]);
});

test.runIf(process.platform === "linux")("an agent finds no token of its host, and can't have it shown", async () => {
  const [repository, town, state] = [makeRepository(), await makeTown(), temporaryFolder()];
  const secret = "th_secret-of-the-host";
  const child = spawn(
    process.execPath,
    [
      "host/main.ts",
      "--token-file",
      "-",
      "--port",
      "0",
      "--state",
      state,
      "--drill",
      "refuse:99",
      "--isolation",
      "group",
    ],
    { cwd: join(import.meta.dirname, "../.."), stdio: ["pipe", "pipe", "pipe"] },
  );
  onTestFinished(() => void child.kill("SIGTERM"));
  child.stdin.end(`${secret}\n`);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
  const port = Number(await until(() => /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1]));
  const looks = `cat /proc/$PPID/environ /proc/$PPID/cmdline | tr '\\0' '\\n' >seen; echo "it is $1"`;
  await clientOf(port, secret).start(startOf(town, repository.url, { command: ["sh", "-c", looks, "sh", secret] }));
  expect(await town.last(1)).toMatchObject({ kind: "finished", outputTail: "it is ***\n" });
  const seen = repository.file("seen", "town/fix-it/1");
  expect(seen).toContain("PATH=");
  expect(seen).toContain("host/main.ts");
  expect(seen + said).not.toContain(secret);
});
