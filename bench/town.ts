import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { statePaths } from "../cli/paths.ts";
import { freePort, prepareState } from "../cli/preflight.ts";
import { loadSecrets } from "../cli/secrets.ts";
import { Services } from "../cli/services.ts";

/** The real Worker in workerd with an empty town `bench`, its rig `lib`, and a host of the benchmark's own. */
export async function benchTown(hostUrl: string) {
  const state = mkdtempSync(join(tmpdir(), "townkeeper-bench-"));
  const paths = statePaths(state);
  prepareState(paths.folder);
  const options = {
    help: false,
    once: false,
    json: false,
    empty: true,
    port: 0,
    state,
    external: { url: hostUrl, token: "bench" },
  };
  const fail = (fault: Error) => {
    throw fault;
  };
  const secrets = loadSecrets(paths);
  const services = new Services({
    options,
    paths,
    secrets,
    port: await freePort(0),
    drills: [],
    say: () => {},
    onLost: fail,
  });
  const stop = async () => {
    await services.stop();
    rmSync(state, { recursive: true, force: true });
  };
  try {
    await services.start();
    const { api } = services;
    await api.createTown({ name: "bench", settings: { startsPerMinute: 100_000 } }); // or it would measure the cap
    await api.addRig("bench", { id: "lib", repoUrl: "/nowhere.git" });
    return { api, stop, url: services.url, token: secrets.token };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Of sorted numbers, to a tenth. */
export const quantile = (sorted: readonly number[], q: number): number =>
  Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN) * 10) / 10;
