/** Settings that change under live runs hold for what begins later: nothing that lives is doubled, or called lost. */
import { setTimeout as sleep } from "node:timers/promises";
import { frame, JoinedLiar } from "../joined.ts";
import { ACCEPTED } from "../liar.ts";
import { beat } from "../reports.ts";
import { type Stage, until } from "../stage.ts";
import type { Part } from "./part.ts";

const RUNS = 6;
const LONG = { leaseMs: 60_000, firstLeaseMs: 60_000, heartbeatMs: 12_000 };
const SHORT = { leaseMs: 1_000, firstLeaseMs: 500, heartbeatMs: 250 };
/** Longer than the short lease, and much shorter than the long one. */
const SILENT_MS = 5_000;

export const settingsPart: Part = {
  name: "settings",
  what: "a lease that is shortened under live runs, on container and external towns",
  async run(stage) {
    return { shapes: 2, figures: { ...(await onOne(stage)), ...(await onTwo(stage)) } };
  },
};

const agents = Array.from({ length: RUNS }, (_, n) => ({ id: `lives-${n}`, how: "accept" }));

async function onOne(stage: Stage) {
  const town = "shorter";
  await stage.town(town, { ...LONG, backoffBaseMs: 1 });
  await stage.work(town, agents);
  await until(() => stage.liar.of(town).length === RUNS, 30_000);
  for (const run of stage.liar.of(town)) await stage.tell(run, beat, 1);
  await stage.ask("PATCH", `/${town}`, { settings: SHORT });
  for (const run of stage.liar.of(town)) await stage.tell(run, beat, 2);
  await sleep(SILENT_MS);
  const again = stage.liar.of(town).length - RUNS;
  if (again > 0) stage.breach(`settings: ${again} live runs were called lost, and begun again`);
  return { "live runs begun again": again };
}

async function onTwo(stage: Stage) {
  const town = "shorter-far";
  await stage.town(town, { ...LONG, hosts: "external", backoffBaseMs: 1 });
  const answer = (socket: WebSocket, { id }: { id: string }) => socket.send(frame(id, 202, ACCEPTED));
  const hosts = [new JoinedLiar(stage, town, "far", answer), new JoinedLiar(stage, town, "near", answer)];
  for (const host of hosts) await host.join();
  await stage.work(town, agents);
  const starts = () => hosts.flatMap((host) => host.starts());
  await until(() => starts().length === RUNS, 30_000);
  for (const run of starts()) await stage.tell(run, beat, 1);
  await stage.ask("PATCH", `/${town}`, { settings: SHORT });
  for (const run of starts()) await stage.tell(run, beat, 2);
  await sleep(SILENT_MS);
  const beads = Map.groupBy(starts(), ({ bead }) => bead);
  const doubled = [...beads.values()].filter(({ length }) => length > 1).length;
  if (doubled > 0) stage.breach(`settings: ${doubled} runs were doubled on another host`);
  for (const host of hosts) host.leave();
  return { "runs doubled on another host": doubled };
}
