/** A real town, its real host, and a real tool as its agent, all on this machine. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask as request } from "../../cli/client.ts";
import { statePaths } from "../../cli/paths.ts";
import { prepareState } from "../../cli/preflight.ts";
import { loadSecrets } from "../../cli/secrets.ts";
import { Services } from "../../cli/services.ts";
import { freePort, readIfThere } from "../e2e/support.ts";
import { aModel, type Story } from "./model.ts";
import { type Driver, envOf, modelOf, type Tool } from "./tools.ts";

/** A start of a real tool costs seconds of a processor: none is begun again that no story is about. */
const SETTINGS = {
  ...{ heartbeatMs: 1_000, startsPerMinute: 10_000, unpaidTriesPerDay: null },
  ...{ backoffBaseMs: 600_000, backoffCapMs: 600_000, providerWaitMs: 600_000 },
};

export interface Run {
  fence: number;
  state: string;
  step: { tool?: { title: string; status: string }; message?: string } | null;
  usage: { inputTokens: number; outputTokens: number; costUsd: number | null } | null;
  failure: { kind: string; code: string; message: string; at: string } | null;
  startedAt: string;
  outputTail: string | null;
}

const folderFor = (what: string): string => mkdtempSync(join(tmpdir(), `townkeeper-${what}-`));

/** One keeper for all towns of a file. */
export async function aKeeper() {
  const folder = folderFor("agents");
  const paths = statePaths(folder);
  prepareState(paths.folder);
  const secrets = loadSecrets(paths);
  const services = new Services({
    ...{
      options: { external: null, agentUser: null },
      paths,
      secrets,
      port: await freePort(),
      drills: [],
    },
    ...{ say: () => undefined, onLost: () => undefined },
  });
  await services.start();
  const stop = async () => {
    await services.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { services, token: secrets.token, folder: paths.folder, stop };
}
export type Keeper = Awaited<ReturnType<typeof aKeeper>>;

const git = (cwd: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync("git", args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
};

function aRepository(folder: string) {
  const [bare, work] = [join(folder, "remote.git"), join(folder, "seed")];
  git(folder, "init", "-q", "--bare", "-b", "main", bare);
  git(folder, "clone", "-q", bare, work);
  git(work, "-c", "user.name=t", "-c", "user.email=t@test", "commit", "-q", "--allow-empty", "-m", "begin");
  git(work, "push", "-q", "origin", "HEAD:main");
  return {
    url: bare,
    file: (name: string) => git(bare, "show", `main:${name}`),
    branches: () => git(bare, "for-each-ref", "--format=%(refname:short)").split("\n"),
  };
}

/** A town with one rig, one agent and one bead, whose model does what the story says. */
export async function aTownWith(
  keeper: Keeper,
  {
    tool,
    driver,
    story,
    turns = false,
    more = {},
    settings = {},
  }: { tool: Tool; driver: Driver; story: Story; turns?: boolean; more?: object; settings?: object },
) {
  const folder = folderFor("home");
  const model = await aModel(story);
  const remote = aRepository(folder);
  const home = join(folder, "home");
  mkdirSync(home);
  const { api } = keeper.services;
  const town = `t${Math.random().toString(36).slice(2, 10)}`;
  await api.createTown({ name: town, settings: { ...SETTINGS, ...settings } });
  await api.addRig(town, { id: "lib", repoUrl: remote.url, gate: ["grep", "-q", "hi", "made.txt"] });
  const env = { ...envOf(tool, model.url, home, turns), WATCH: folder };
  const name = modelOf(tool);
  const how = { preset: tool, driver, ...(name && { model: name }) };
  await api.addAgent(town, { id: "ada", rig: "lib", ...how, env, ...more });
  await api.createBeads(town, [{ rig: "lib", title: "Make a file", body: "Call it made.txt." }]);
  const ask = async <T>(path: string) =>
    JSON.parse(await request(`${keeper.services.url}/v1/towns/${town}${path}`, keeper.token)) as T;
  return {
    ...{ api, town, model, remote, watch: folder, ask },
    bead: () => ask<{ status: string; failures: number; reworks: number }>("/beads/lib-1"),
    runs: async () =>
      (await ask<{ items: (Run & { kind: string })[] }>("/attempts")).items
        .filter(({ kind }) => kind === "run")
        .reverse(),
    /** For how long its provider takes nothing, if its tool said so: what the town waits by itself is longer. */
    async resetMs(): Promise<number | null> {
      const { doubts } = await ask<{ doubts: { at: string; apartUntil: string }[] }>("/agents/ada");
      const [waitMs = Number.POSITIVE_INFINITY] = doubts.map(
        (each) => Date.parse(each.apartUntil) - Date.parse(each.at),
      );
      return waitMs < SETTINGS.providerWaitMs / 4 ? waitMs : null;
    },
    /** Its operator says that the provider is well again. */
    async isWell() {
      const { provider } = await ask<{ provider: string }>("/agents/ada");
      await api.of(town).post("/providers/{provider}/retry", { provider });
    },
    /** What the tool printed, as it came. */
    logOf: (fence: number) => readIfThere(join(keeper.folder, "host/attempts", town, `lib-1-${fence}`, "output.log")),
    places: [
      [home, "/home/agent"],
      [folder, "/watch"],
      [keeper.folder, "/state"],
    ] as const,
    async close() {
      await api
        .of(town)
        .patch("/agents/{agent}", { agent: "ada" }, { enabled: false })
        .catch(() => undefined);
      await api
        .of(town)
        .post("/beads/{bead}/cancel", { bead: "lib-1" }, { reason: "the test is over" })
        .catch(() => undefined);
      model.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
export type Scene = Awaited<ReturnType<typeof aTownWith>>;
