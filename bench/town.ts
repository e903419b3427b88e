import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TownApi } from "../cli/api.ts";
import { statePaths } from "../cli/paths.ts";
import { freePort, prepareState } from "../cli/preflight.ts";
import { loadSecrets } from "../cli/secrets.ts";
import { Services } from "../cli/services.ts";
import { NoOpHost } from "./host.ts";

/** Caps are for users; here they would be what is measured. */
export const uncapped = { startsPerMinute: 100_000, maxInReviewPerRig: 10_000 };

export interface Bench {
  api: TownApi;
  host: NoOpHost;
  url: string;
  token: string;
  /** Where all of it is kept. */
  state: string;
}

/** The real Worker in workerd, over real HTTP, for whoever has a host; in a folder of its own that goes with it. */
export async function startWorker(hostUrl: string) {
  const state = mkdtempSync(join(tmpdir(), "townkeeper-bench-"));
  const paths = statePaths(state);
  prepareState(paths.folder);
  const external = { url: hostUrl, token: "bench" };
  const secrets = loadSecrets(paths);
  const services = new Services({
    options: { external, agentUser: null },
    paths,
    secrets,
    port: await freePort(0),
    drills: [],
    say: () => {},
    onLost: (fault: Error) => {
      throw fault;
    },
  });
  const stop = async () => {
    await services.stop();
    rmSync(state, { recursive: true, force: true });
  };
  try {
    await services.start();
    return { api: services.api, url: services.url, token: secrets.token, state, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The same with a host that works nothing, until `body` is through. */
export async function withWorker<T>(body: (bench: Bench) => Promise<T>): Promise<T> {
  const host = new NoOpHost();
  const { api, url, token, state, stop } = await startWorker(await host.start());
  try {
    return await body({ api, host, url, token, state });
  } finally {
    await stop();
    host.close();
  }
}

/** @param agents so many in each rig */
export async function makeTown(
  api: TownApi,
  name: string,
  { rigs = ["lib"], agents = 1, settings = {} }: { rigs?: readonly string[]; agents?: number; settings?: object } = {},
): Promise<void> {
  await api.createTown({ name, settings: { ...uncapped, ...settings } });
  for (const rig of rigs) {
    await api.addRig(name, { id: rig, repoUrl: "/nowhere.git" });
    for (let index = 0; index < agents; index++)
      await api.addAgent(name, { id: `${rig}-agent-${index}`, rig, command: ["true"] });
  }
}

export interface Quantiles {
  n: number;
  p50: number;
  p99: number;
  max: number;
}

/** In milliseconds, to a tenth. */
export function quantiles(times: readonly number[]): Quantiles {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (q: number) =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN) * 10) / 10;
  return { n: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
