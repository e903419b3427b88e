/**
 * `kill -9` in the middle of twenty live runs, with landings going on: of workerd, of the host, of both. The program's
 * own keepers bring them back.
 */
import { expect, test } from "vitest";
import { runsOf } from "../../cli/api.ts";
import { until } from "./support.ts";
import { boot, expectAllDoneOnce, HOST, PATIENCE_MS, RIGS, RUNS, settle, signal, WORKERD } from "./town.ts";

test.runIf(process.platform === "linux").each([
  { name: "workerd", victims: [WORKERD] },
  { name: "the host", victims: [HOST] },
  { name: "workerd and the host", victims: [WORKERD, HOST] },
])(
  "kill -9 of $name in the middle of 20 live runs: 0 lost, 0 doubled, 0 falsely failed",
  async ({ victims }) => {
    const place = await boot();
    const { services, said } = place;
    const { api } = services;
    const town = await settle(services);
    const { begun, finish } = town;
    await until(() => begun().size === RUNS, PATIENCE_MS);
    const live = (await runsOf(services.host)).filter(({ state }) => state === "running");
    expect(live).toHaveLength(RUNS);

    // Some of each rig finish, so that pushes, landings and reports are on their way as well.
    const beads = await api.beads("town");
    finish(
      RIGS.flatMap((rig) =>
        beads.filter(({ title }) => /[12]$/.test(title) && title.startsWith(rig)).map(({ id }) => id),
      ),
    );
    await until(async () => (await api.beads("town")).some(({ status }) => status === "closed"), PATIENCE_MS);
    signal("SIGKILL", ...victims);
    finish(beads.map(({ id }) => id));

    const runsOfBeads: number[] = [];
    await until(async () => {
      const alive = (await runsOf(services.host)).filter(({ pid, state }) => pid !== null && state !== "ended");
      runsOfBeads.push(...[...Map.groupBy(alive, ({ bead }) => bead).values()].map(({ length }) => length));
      return (await api.beads("town")).every(({ status }) => status === "closed");
    }, PATIENCE_MS);

    expect(said.filter((line) => line.includes("SIGKILL") || line.includes("ended"))).toHaveLength(victims.length);
    expect(Math.max(...runsOfBeads, 0)).toBeLessThanOrEqual(1);
    const attempts = await expectAllDoneOnce(place, town);
    // Whoever lives through it goes on: only a host's own death costs runs.
    if (!victims.includes(HOST)) expect(attempts.filter(({ kind }) => kind === "run")).toHaveLength(RUNS);
  },
  2 * PATIENCE_MS,
);
