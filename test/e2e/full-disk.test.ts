/**
 * The disk under a town is full: everything says so, with what to do; and when there is room again, the town goes on by
 * itself. A real disk of a few megabytes, where the system lets us make one.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { statePaths } from "../../cli/paths.ts";
import { prepareState } from "../../cli/preflight.ts";
import { loadSecrets } from "../../cli/secrets.ts";
import { Services } from "../../cli/services.ts";
import { makeRepository } from "../host/support.ts";
import { freePort, temporary, until } from "./support.ts";

/** A disk of its own for the Worker's rows, or null: this user may mount nothing. */
function smallDisk(at: string): { fill(): void; free(): void } | null {
  mkdirSync(at, { recursive: true });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", at], { stdio: "ignore" });
  } catch {
    return null;
  }
  onTestFinished(() => void execFileSync("umount", ["-l", at]));
  const ballast = join(at, "ballast");
  return {
    fill() {
      const { bavail, bsize } = statfsSync(at);
      writeFileSync(ballast, Buffer.alloc(bavail * bsize));
    },
    free: () => rmSync(ballast),
  };
}

const mayMount = ((): boolean => {
  try {
    execFileSync("unshare", ["--mount", "true"], { stdio: "ignore" });
    return process.platform === "linux" && process.getuid?.() === 0;
  } catch {
    return false;
  }
})();

test.runIf(mayMount)(
  "a full disk is said to be full by every route, and what waits goes on when there is room again",
  async ({ skip }) => {
    const paths = statePaths(temporary());
    prepareState(paths.folder);
    const disk = smallDisk(paths.worker);
    if (!disk) return skip("nothing may be mounted here");
    const secrets = loadSecrets(paths);
    const services = new Services({
      options: { external: null, agentUser: null },
      ...{ paths, secrets, port: await freePort(), drills: [], maxRuns: 4 },
      say: () => undefined,
      onLost: () => undefined,
    });
    onTestFinished(() => services.stop());
    await services.start();
    const headers = { authorization: `Bearer ${secrets.token}`, "content-type": "application/json" };
    const ask = async (method: string, path: string, body?: object) => {
      const sent = { method, headers, ...(body && { body: JSON.stringify(body) }) };
      const response = await fetch(`${services.url}/v1/towns/home${path}`, sent);
      return { ...((await response.json()) as Record<string, unknown>), status: response.status };
    };
    const settings = { leaseMs: 10_000, firstLeaseMs: 10_000, heartbeatMs: 1_000, backoffBaseMs: 1_000 };
    await services.api.createTown({ name: "home", settings });
    const repository = makeRepository();
    await services.api.addRig("home", { id: "lib", repoUrl: repository.url });
    const command = ["sh", "-c", "echo done >$TOWN_BEAD.txt"];
    await services.api.addAgent("home", { id: "ada", rig: "lib", command });
    const bead = { rig: "lib", title: "one", body: "y".repeat(40_000) };
    const resumesMs = Date.now() + 8_000;
    await ask("PATCH", "", { paused: { why: "not yet", until: new Date(resumesMs).toISOString() } });
    await ask("POST", "/beads", bead);

    disk.fill();
    const full = { status: 503, code: "storage_full", retryable: true, hint: expect.stringContaining("Make room") };
    const tries = await Promise.all(Array.from({ length: 8 }, () => ask("POST", "/beads", bead)));
    expect(tries.filter(({ status }) => status !== 201).length).toBeGreaterThan(0);
    for (const each of tries.filter(({ status }) => status !== 201)) expect(each).toMatchObject(full);
    expect(await ask("PATCH", "", { settings: { maxAgents: 3 } })).toMatchObject(full);
    for (let n = 0; n < 3; n++)
      expect(await ask("GET", "/health")).toMatchObject({
        status: 200,
        verdict: "failing",
        cause: expect.stringContaining("the town's storage is full: "),
        hint: expect.stringContaining("Make room"),
      });
    for (const path of ["/attention", "/beads", "/agents"])
      expect([200, 503]).toContain((await ask("GET", path)).status);

    // The pause ends while nothing can be written; nobody asks the town anything until its work has landed.
    await setTimeout(resumesMs + 3_000 - Date.now());
    disk.free();
    await until(() => repository.file("lib-1.txt") === "done", 150_000);
    expect(await ask("GET", "/health")).not.toMatchObject({ verdict: "failing" });
    expect(await ask("GET", "/invariants")).toMatchObject({ violations: [] });
  },
  240_000,
);
