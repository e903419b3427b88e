/** Stopped in an orderly way in the middle of twenty live runs, with landings going on, and started again. */
import { expect, test } from "vitest";
import { runsOf } from "../../cli/api.ts";
import { until } from "./support.ts";
import { boot, expectAllDoneOnce, PATIENCE_MS, RIGS, RUNS, settle } from "./town.ts";

test.runIf(process.platform === "linux")(
  "an end of everything is nobody's failure: started again it goes on at once, and nothing waits for a person",
  async () => {
    const first = await boot();
    const town = await settle(first.services);
    await until(() => town.begun().size === RUNS, PATIENCE_MS);
    const live = (await runsOf(first.services.host)).filter(({ state }) => state === "running");
    expect(live).toHaveLength(RUNS);
    const beads = await first.services.api.beads("town");
    // Of each rig some finish, and their landings are under way.
    town.finish(
      RIGS.flatMap((rig) =>
        beads.filter(({ title }) => /[123]$/.test(title) && title.startsWith(rig)).map(({ id }) => id),
      ),
    );
    await until(async () => {
      const { length } = (await first.services.api.beads("town")).filter(({ status }) => status === "closed");
      return length > 0;
    }, PATIENCE_MS);
    await first.services.stop();

    const second = await boot(first);
    const { api } = second.services;
    town.finish(beads.map(({ id }) => id));
    await until(async () => (await api.beads("town")).every(({ status }) => status === "closed"), PATIENCE_MS);
    await expectAllDoneOnce(second, town);
    expect((await second.get("/incidents")).items).toEqual([]);
    const attempts = await api.attempts("town");
    const refused = attempts.filter(({ failure }) => failure?.code === "draining" || failure?.kind === "unreachable");
    expect(refused).toEqual([]);
  },
  2 * PATIENCE_MS,
);
