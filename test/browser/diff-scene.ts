/** A real repository with work that a bead has brought, and a real host that has it. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startHost } from "../../host/host.ts";
import type { Stage } from "./stage.ts";

export interface Scene {
  url: string;
  hostUrl: string;
  base: string;
  head: string;
  end(): Promise<void>;
}

const CLAMP = `/** Keeps a number between two bounds. */
export function clamp(value: number, low: number, high: number): number {
  if (low > high) throw new RangeError("the bounds are the wrong way round");
  return Math.min(high, Math.max(low, value));
}
`;
const BEFORE = `export const version = 1;

export function clamp(value, low, high) {
  return Math.min(low, Math.max(high, value));
}
`;

export async function aScene(): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-diff-"));
  const clone = join(folder, "clone");
  const url = join(folder, "remote.git");
  const env = {
    ...process.env,
    GIT_AUTHOR_NAME: "ada",
    GIT_AUTHOR_EMAIL: "a@a.invalid",
    GIT_COMMITTER_NAME: "ada",
    GIT_COMMITTER_EMAIL: "a@a.invalid",
  };
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: clone, encoding: "utf8", env, stdio: "pipe" }).trim();
  mkdirSync(join(clone, "src"), { recursive: true });
  git("init", "--quiet", "--initial-branch=main");
  execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", url]);
  writeFileSync(join(clone, "src/clamp.js"), BEFORE);
  writeFileSync(join(clone, "src/round.js"), Array.from({ length: 30 }, (_, at) => `step(${at});\n`).join(""));
  writeFileSync(join(clone, "README.md"), "# lib\n\nSmall numbers, well kept.\n");
  git("add", "--all");
  git("commit", "--quiet", "-m", "Begin");
  const base = git("rev-parse", "HEAD");
  renameSync(join(clone, "src/clamp.js"), join(clone, "src/clamp.ts"));
  writeFileSync(join(clone, "src/clamp.ts"), CLAMP);
  git("add", "--all");
  git("commit", "--quiet", "-m", "Keep a number between two bounds\n\nBead: lib-1\nAttempt: 1");
  writeFileSync(
    join(clone, "README.md"),
    `# lib\n\nSmall numbers, well kept: ${"clamp, round, ".repeat(20)}and more.\n\n<img src=x onerror=alert(1)>\n`,
  );
  writeFileSync(join(clone, "logo.png"), Buffer.from([137, 80, 78, 71, 0, 1, 2, 3]));
  writeFileSync(join(clone, "table.csv"), Array.from({ length: 2_000 }, (_, at) => `${at},${at * at}\n`).join(""));
  git("mv", "src/round.js", "src/rounding.js");
  git("add", "--all");
  git("commit", "--quiet", "-m", "Say so in the README, and add a table of squares");
  const head = git("rev-parse", "HEAD");
  git("push", "--quiet", url, `${base}:refs/heads/main`, `${head}:refs/heads/town/lib-1/1`);
  const host = await startHost({
    token: "host",
    state: join(folder, "state"),
    isolation: "group",
    log: () => undefined,
  });
  return {
    ...{ url, base, head, hostUrl: `http://127.0.0.1:${host.port}` },
    async end() {
      await host.drain();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A town whose first bead brought that work and is parked, and whose second was never tried. */
export async function aTownWithWork(stage: Stage, town: string, { url, base, head }: Scene): Promise<void> {
  const at = `/v1/towns/${town}`;
  await stage.send("POST", "/v1/towns", { name: town, settings: {} });
  await stage.send("PATCH", at, { paused: { why: "the stage is being set" } });
  await stage.send("POST", `${at}/rigs`, { id: "lib", repoUrl: url, defaultBranch: "main" });
  for (const title of ["Keep a number between two bounds (clamp)", "Round to a step"])
    await stage.send("POST", `${at}/beads`, { rig: "lib", title });
  const run = (text: string, ...bindings: (string | number)[]) => stage.test({ town, sql: text, bindings });
  await run(
    `INSERT INTO attempts (fence, kind, rig_id, bead_id, agent_id, state, started_at_ms, ended_at_ms, lease_until_ms, branch, head, output_tail)
      VALUES (1, 'run', 'lib', 'lib-1', 'ada', 'finished', ?1, ?1, ?1, 'town/lib-1/1', ?2, 'all tests passed')`,
    ...[Date.now() - 60_000, head],
  );
  await run(
    "UPDATE beads SET status = 'failed', failures = 1, reworks = 2, closed_at_ms = ?1, branch = 'town/lib-1/1', head = ?2, base = ?3, fence = 1 WHERE id = 'lib-1'",
    ...[Date.now(), head, base],
  );
  await run("UPDATE beads SET status = 'failed', failures = 3, closed_at_ms = ?1 WHERE id = 'lib-2'", Date.now());
  await run("UPDATE town SET last_fence = 1");
}
