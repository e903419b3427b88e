/** How long `GET …/health` takes on a town with many beads, over real HTTP, while its agents are at work. */
import { makeTown, type Quantiles, quantiles, withWorker } from "../town.ts";

const BATCH = 200;
const AGENTS = 5;
const WARM_UP = 50;

export const measureHealth = (beads: number, n: number): Promise<Quantiles> =>
  withWorker(async ({ api, host }) => {
    host.onOrder = () => "lives";
    await makeTown(api, "bench", { agents: AGENTS });
    for (let made = 0; made < beads; made += BATCH) {
      const titles = Array.from({ length: Math.min(BATCH, beads - made) }, (_, i) => `bead ${made + i}`);
      await api.createBeads(
        "bench",
        titles.map((title) => ({ rig: "lib", title })),
      );
    }
    const times: number[] = [];
    for (let i = 0; i < n + WARM_UP; i++) {
      const startedMs = performance.now();
      await api.of("bench").get("/health", {});
      if (i >= WARM_UP) times.push(performance.now() - startedMs);
    }
    return quantiles(times);
  });
