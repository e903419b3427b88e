/** Programs that can't be started: whose fault it was, and that nothing stays behind. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { launch } from "../../host/exec-driver.ts";
import { runToEnd } from "../../host/git-process.ts";
import { spawnFailure } from "../../host/spawn-failure.ts";
import { makeHost, makeRepository, makeTown, startOf, temporaryFolder, until } from "./support.ts";

const longer = "x".repeat(300_000);

function guardians(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0)
    .filter((pid) => {
      try {
        const isOurs = readFileSync(`/proc/${pid}/status`, "utf8").includes(`\nPPid:\t${process.pid}\n`);
        return isOurs && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("guardian.sh");
      } catch {
        return false;
      }
    });
}

test.runIf(process.platform === "linux")("a spawn that fails ends its guardian, however it fails", async () => {
  const cwd = temporaryFolder();
  const given = { cwd, env: {}, stdin: null, logPath: join(cwd, "log"), marks: [] };
  for (const argv of [["/bin/true", longer], ["/bin/true", "a\0b"], ["/nowhere/true"], [cwd]])
    await expect(launch({ ...given, argv })).rejects.toThrow();
  for (const args of [[longer], ["a\0b"]])
    await expect(runToEnd("/bin/true", args, { cwd, env: {}, timeoutMs: 9_000, guarded: true })).rejects.toThrow();
  await until(() => guardians().length === 0);
});

test.runIf(process.platform === "linux")(
  "a prompt too long for an argument costs the bead, and says how to mend it",
  async () => {
    const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
    await host.start(startOf(town, repository.url, { command: ["/bin/echo", "{prompt}"], prompt: longer }));
    expect(await town.last(1)).toMatchObject({
      ...{ kind: "failed", failure: "agent_failed", code: "prompt_too_long" },
      message: expect.stringMatching(/use \{prompt_file\}.*standard input/),
    });
    await host.start(
      startOf(town, repository.url, { command: ["/bin/sh", "-c", "cat >$TOWN_BEAD"], prompt: longer, fence: 2 }),
    );
    expect(await town.last(2)).toMatchObject({ kind: "finished" });
  },
);

test.each([
  ["ENOENT", "refused", "command_missing"],
  ["EACCES", "refused", "command_missing"],
  ["E2BIG", "agent_failed", "command_too_long"],
  ["ERR_INVALID_ARG_VALUE", "agent_failed", "nul_character"],
  ["EAGAIN", "refused", "spawn_failed"],
])("%s is %s, %s", (code, failure, word) => {
  expect(spawnFailure({ code }, ["./agent.sh"])).toMatchObject({ failure, code: word });
});
