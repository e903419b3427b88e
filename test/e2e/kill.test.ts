/**
 * `kill -9` in the middle of twenty live runs, with landings going on: of workerd, of the host, of both. The town in
 * workerd, the host and git are real; the processes are brought back by the program's own keepers.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runsOf } from "../../cli/api.ts";
import { statePaths } from "../../cli/paths.ts";
import { prepareState } from "../../cli/preflight.ts";
import { loadSecrets } from "../../cli/secrets.ts";
import { Services } from "../../cli/services.ts";
import { git, makeRepository } from "../host/support.ts";
import { descendants, freePort, readIfThere, temporary, until } from "./support.ts";

const RIGS = ["north", "east", "south", "west"];
const PER_RIG = 5;
const RUNS = RIGS.length * PER_RIG;
/** The machine may be slow and busy; what is waited for is a state, never a time. */
const PATIENCE_MS = 120_000;

/**
 * Holds a lock of its bead as long as it lives, and says so if somebody else has it: two at work on one bead would be
 * seen, however short. Works until it is told that it may finish.
 */
const AGENT = `
exec 9>"$WATCH/$TOWN_BEAD.lock"
flock --nonblock 9 || echo "$TOWN_BEAD $TOWN_FENCE" >>"$WATCH/doubled"
echo "$TOWN_BEAD" >>"$WATCH/begun"
until [ -e "$WATCH/go-$TOWN_BEAD" ]; do sleep 0.5 9>&-; done
echo "by $TOWN_AGENT" >"$TOWN_BEAD.txt"
`;

/** A lease that outlives any restart: a run that lives on must not be lost because its town was down for a moment. */
const SETTINGS = {
  leaseMs: 120_000,
  firstLeaseMs: 120_000,
  heartbeatMs: 1_000,
  backoffBaseMs: 200,
  backoffCapMs: 2_000,
  startsPerMinute: 10_000,
};

async function boot() {
  const paths = statePaths(temporary());
  prepareState(paths.folder);
  const secrets = loadSecrets(paths);
  const said: string[] = [];
  const services = new Services({
    options: { external: null },
    paths,
    secrets,
    port: await freePort(),
    drills: [],
    maxRuns: RUNS + 4, // a landing does not count, a run under its next fence may for a moment
    say: (line) => said.push(line),
    onLost: (fault) => said.push(`LOST: ${fault.message}`),
  });
  onTestFinished(() => services.stop());
  await services.start();
  const headers = { authorization: `Bearer ${secrets.token}` };
  const get = async (path: string) => {
    const response = await fetch(`${services.url}/v1/towns/town${path}`, { headers });
    return (await response.json()) as { violations?: unknown[]; items?: { failures: number; reworks: number }[] };
  };
  return { services, said, get };
}

/** A town of four rigs, and twenty agents with a bead each. */
async function settle({ api }: Services) {
  const watch = temporary();
  const remotes = new Map(RIGS.map((rig) => [rig, makeRepository()]));
  await api.createTown({ name: "town", settings: SETTINGS });
  for (const [id, { url }] of remotes) {
    await api.addRig("town", { id, repoUrl: url });
    for (let n = 1; n <= PER_RIG; n++)
      await api.addAgent("town", { id: `${id}-${n}`, rig: id, command: ["sh", "-c", AGENT], env: { WATCH: watch } });
  }
  const beads = RIGS.flatMap((rig) => Array.from({ length: PER_RIG }, (_, n) => ({ rig, title: `${rig} ${n + 1}` })));
  await api.createBeads("town", beads);
  const begun = () => new Set(readIfThere(join(watch, "begun")).split("\n").filter(Boolean));
  const finish = (beads: Iterable<string>) => {
    for (const bead of beads) writeFileSync(join(watch, `go-${bead}`), "");
  };
  return { remotes, begun, finish, doubled: () => readIfThere(join(watch, "doubled")) };
}

function kill(...victims: string[]): void {
  const hit = descendants(process.pid).filter(({ command }) => victims.some((victim) => command.includes(victim)));
  for (const { pid } of hit) process.kill(pid, "SIGKILL");
  for (const victim of victims) expect(hit.some(({ command }) => command.includes(victim))).toBe(true);
}

const WORKERD = "/workerd serve ";
const HOST = "host/main.ts";

test.runIf(process.platform === "linux").each([
  { name: "workerd", victims: [WORKERD] },
  { name: "the host", victims: [HOST] },
  { name: "workerd and the host", victims: [WORKERD, HOST] },
])(
  "kill -9 of $name in the middle of 20 live runs: 0 lost, 0 doubled, 0 falsely failed",
  async ({ victims }) => {
    const { services, said, get } = await boot();
    const { api } = services;
    const { remotes, begun, finish, doubled } = await settle(services);
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
    kill(...victims);
    finish(beads.map(({ id }) => id));

    const runsOfBeads: number[] = [];
    await until(async () => {
      const alive = (await runsOf(services.host)).filter(({ pid, state }) => pid !== null && state !== "ended");
      runsOfBeads.push(...[...Map.groupBy(alive, ({ bead }) => bead).values()].map(({ length }) => length));
      return (await api.beads("town")).every(({ status }) => status === "closed");
    }, PATIENCE_MS);

    expect(said.filter((line) => line.includes("SIGKILL") || line.includes("ended"))).toHaveLength(victims.length);
    expect(doubled()).toBe("");
    expect(Math.max(...runsOfBeads, 0)).toBeLessThanOrEqual(1);
    const attempts = await api.attempts("town");
    const finished = (kind: string) => attempts.filter((each) => each.kind === kind && each.state === "finished");
    for (const kind of ["run", "landing"])
      expect(new Set(finished(kind).map(({ bead }) => bead)).size).toBe(finished(kind).length);
    expect([finished("run").length, finished("landing").length]).toEqual([RUNS, RUNS]);
    expect(attempts.filter(({ failure }) => failure?.kind === "agent_failed")).toEqual([]);
    expect((await get("/invariants")).violations).toEqual([]);
    for (const { failures, reworks } of (await get("/beads?limit=200")).items ?? [])
      expect([failures, reworks]).toEqual([0, 0]);
    for (const [rig, { url }] of remotes) {
      const titles = git(url, "log", "--format=%s", "main").split("\n").sort();
      expect(titles).toEqual(["start", ...Array.from({ length: PER_RIG }, (_, n) => `${rig} ${n + 1}`)].sort());
    }
    // Whoever lives through it goes on: only a host's own death costs runs.
    if (!victims.includes(HOST)) expect(attempts.filter(({ kind }) => kind === "run")).toHaveLength(RUNS);
  },
  2 * PATIENCE_MS,
);
