/** A process that has ended and that nobody reaps, as in a container whose process 1 does not, is dead. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { statePaths } from "../../cli/paths.ts";
import { lockState } from "../../cli/state-lock.ts";
import { leftover } from "../../host/process-group.ts";
import { lives, startMark, statOf } from "../../host/process-stat.ts";
import { lockState as lockHost, takeLock } from "../../host/state-lock.ts";
import { temporaryFolder, until } from "./support.ts";

function started(script: string): ChildProcess {
  const child = spawn("/bin/sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"], detached: true });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** What a shell started and left to a program that never asks after it. */
async function aZombie(): Promise<number> {
  // It ends when the shell is no more: one that ends before would be reaped by it.
  const child = started("sleep 0.5 & echo $!; exec sleep 60");
  const pid = await new Promise<number>((resolve) => child.stdout?.once("data", (text) => resolve(Number(text))));
  await until(() => statOf(pid)?.state === "Z");
  return pid;
}

const holder = (pid: number) => JSON.stringify({ pid, started: startMark(pid) });
const inTime = async (work: Promise<unknown>) => {
  const beganMs = performance.now();
  await work;
  return performance.now() - beganMs;
};

test.runIf(process.platform === "linux")(
  "a zombie owns no state folder, of the command line or of a host",
  async () => {
    const [zombie, paths] = [await aZombie(), statePaths(temporaryFolder())];
    expect([lives(zombie, startMark(zombie)), lives(process.pid, startMark(process.pid))]).toEqual([false, true]);
    writeFileSync(paths.lock, holder(zombie));
    expect(await inTime(lockState(paths))).toBeLessThan(1_000);
    expect(JSON.parse(readFileSync(paths.lock, "utf8")).pid).toBe(process.pid);

    const folder = temporaryFolder();
    for (const left of [holder(zombie), `${zombie} ${startMark(zombie)}`]) {
      writeFileSync(join(folder, "host.lock"), left);
      expect(await inTime(lockHost(folder))).toBeLessThan(1_000);
    }
  },
);

test.runIf(process.platform === "linux")("a zombie is nothing that a former boot left running", async () => {
  const zombie = await aZombie();
  expect(leftover({ pgid: zombie, marks: [] }, startMark(zombie))).toBeNull();
});

test("an owner that is just ending is waited for; one that stays is named", async () => {
  const paths = statePaths(temporaryFolder());
  const ending = started("sleep 0.5");
  writeFileSync(paths.lock, holder(ending.pid ?? 0));
  (await lockState(paths))();

  const staying = started("exec sleep 60");
  writeFileSync(paths.lock, holder(staying.pid ?? 0));
  const refused = expect(lockState(paths)).rejects.toThrow(`in use by another townkeeper (pid ${staying.pid})`);
  expect(await inTime(refused)).toBeGreaterThan(2_500);
});

test("a host of an older release that still lives keeps its folder: its lock is two words", async () => {
  const [path, holder] = [join(temporaryFolder(), "host.lock"), started("exec sleep 60")];
  writeFileSync(path, `${holder.pid} ${startMark(holder.pid ?? 0)?.replaceAll(/\s+/g, "_")}`);
  expect(await takeLock(path, 0)).toEqual({ heldBy: holder.pid });
});
