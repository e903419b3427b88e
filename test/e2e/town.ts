/** A town of twenty agents in real processes: the Worker in workerd, the host, git; and what the tests ask of it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { statePaths } from "../../cli/paths.ts";
import { prepareState } from "../../cli/preflight.ts";
import { loadSecrets } from "../../cli/secrets.ts";
import { Services } from "../../cli/services.ts";
import { git, makeRepository } from "../host/support.ts";
import { descendants, freePort, readIfThere, temporary } from "./support.ts";

export const RIGS = ["north", "east", "south", "west"];
const PER_RIG = 5;
export const RUNS = RIGS.length * PER_RIG;
/** The machine may be slow and busy; what is waited for is a state, never a time. */
export const PATIENCE_MS = 120_000;

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

/** @param again of one that has been stopped: what it has left, and where it was to be reached */
export async function boot(again?: { state: string; port: number }) {
  const { state, port } = again ?? { state: temporary(), port: await freePort() };
  const paths = statePaths(state);
  prepareState(paths.folder);
  const secrets = loadSecrets(paths);
  const said: string[] = [];
  const services = new Services({
    options: { external: null, agentUser: null },
    paths,
    secrets,
    port,
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
  return { services, said, get, token: secrets.token, state, port };
}

/** A town of four rigs, and twenty agents with a bead each. */
export async function settle({ api }: Services, settings: Partial<typeof SETTINGS> = {}) {
  const watch = temporary();
  const remotes = new Map(RIGS.map((rig) => [rig, makeRepository()]));
  await api.createTown({ name: "town", settings: { ...SETTINGS, ...settings } });
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

/** Sends a signal to those of our own processes whose command says so. */
export function signal(which: NodeJS.Signals, ...victims: string[]): void {
  const hit = descendants(process.pid).filter(({ command }) => victims.some((victim) => command.includes(victim)));
  for (const { pid } of hit) process.kill(pid, which);
  for (const victim of victims) expect(hit.some(({ command }) => command.includes(victim))).toBe(true);
}

export const WORKERD = "/workerd serve ";
export const HOST = "host/main.ts";

type Town = Awaited<ReturnType<typeof settle>>;

/** Nothing lost, nothing doubled, nothing falsely failed. Returns what was tried. */
export async function expectAllDoneOnce(
  { services, get }: Awaited<ReturnType<typeof boot>>,
  { remotes, doubled }: Town,
) {
  expect(doubled()).toBe("");
  const attempts = await services.api.attempts("town");
  for (const kind of ["run", "landing"]) {
    const finished = attempts.filter((each) => each.kind === kind && each.state === "finished");
    expect([finished.length, new Set(finished.map(({ bead }) => bead)).size]).toEqual([RUNS, RUNS]);
  }
  expect(attempts.filter(({ failure }) => failure?.kind === "agent_failed")).toEqual([]);
  expect((await get("/invariants")).violations).toEqual([]);
  for (const { failures, reworks } of (await get("/beads?limit=200")).items ?? [])
    expect([failures, reworks]).toEqual([0, 0]);
  for (const [rig, { url }] of remotes) {
    const titles = git(url, "log", "--format=%s", "main").split("\n").sort();
    expect(titles).toEqual([...Array.from({ length: PER_RIG }, (_, n) => `${rig} ${n + 1}`), "start"].sort());
  }
  return attempts;
}
