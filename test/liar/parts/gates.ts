/** A person's word holds from the moment it is given: no start arrives after the answer to what shuts a gate. */
import { setTimeout as sleep } from "node:timers/promises";
import { ACCEPTED, type Asked, say } from "../liar.ts";
import { type Stage, until } from "../stage.ts";
import type { Part } from "./part.ts";

const TOWN = "gates";
const AGENTS = 30;
/** A start takes so long, so that most of the claims wait while a gate shuts. */
const ANSWER_MS = 15;
/** As long as what people ask for: a title alone is shorter than the least row that holds it. */
const ASKED = "Say what is wanted, where it is, what it is for, and how one sees that it is done. ".repeat(3);

/** The gate shuts at some moment within so long after the beads were queued. */
const WITHIN_MS = 200;
/** What is late arrives in this time, or not at all. */
const LATE_MS = 150;
const PATIENCE_MS = 30_000;

interface Gate {
  name: string;
  /** What is asked, and whom it holds. */
  shut: (
    beads: readonly string[],
  ) => { path: string; body: object; method?: string; holds: (start: Asked) => boolean }[];
  open: () => { path: string; body: object }[];
}

const why = { why: "the test says so" };
const agents = Array.from({ length: AGENTS }, (_, n) => `gates-${n}`);
const gates: readonly Gate[] = [
  {
    name: "pause",
    shut: () => [{ path: `/${TOWN}`, body: { paused: why }, holds: () => true }],
    open: () => [{ path: `/${TOWN}`, body: { paused: null } }],
  },
  {
    name: "drain",
    shut: () => [{ path: `/${TOWN}`, body: { draining: true }, holds: () => true }],
    open: () => [{ path: `/${TOWN}`, body: { draining: false } }],
  },
  {
    name: "pause a rig",
    shut: () => [{ path: `/${TOWN}/rigs/lib`, body: { paused: why }, holds: () => true }],
    open: () => [{ path: `/${TOWN}/rigs/lib`, body: { paused: null } }],
  },
  {
    name: "disable",
    shut: () =>
      agents.map((id) => ({
        path: `/${TOWN}/agents/${id}`,
        body: { enabled: false },
        holds: ({ agent }) => agent === id,
      })),
    open: () => agents.map((id) => ({ path: `/${TOWN}/agents/${id}`, body: { enabled: true } })),
  },
  {
    name: "cancel",
    shut: (beads) =>
      beads.map((id) => ({
        method: "POST",
        path: `/${TOWN}/beads/${id}/cancel`,
        body: { reason: "the test says so" },
        holds: ({ bead }) => bead === id,
      })),
    open: () => [],
  },
];

export const gatesPart: Part = {
  name: "gates",
  what: "pause, drain, disable, cancel with 30 claims in flight: what starts after the answer",
  async run(stage, { sample, tries }) {
    await stage.town(TOWN, { startsPerMinute: 100_000 });
    stage.liar.answers(TOWN, (response) => void setTimeout(() => say(response, 202, ACCEPTED), ANSWER_MS));
    for (const id of agents) await stage.ask("POST", `/${TOWN}/agents`, { id, rig: "lib", command: ["accept"] });
    const late = new Map(gates.map(({ name }) => [name, 0]));
    let caught = 0;
    const rounds = sample ? gates.length : Math.max(gates.length, tries);
    for (let round = 0; round < rounds; round++) {
      const gate = gates[round % gates.length] as Gate;
      const { lateStarts, held } = await tryOnce(stage, gate, round);
      late.set(gate.name, (late.get(gate.name) ?? 0) + lateStarts);
      caught += held;
    }
    if (caught === 0) stage.breach("gates: no gate ever came before all had started, so nothing was tried");
    for (const [name, count] of late)
      if (count > 0) stage.breach(`${name}: ${count} starts arrived after the answer, in ${rounds} tries of all gates`);
    const figures = Object.fromEntries([...late].map(([name, count]) => [`starts after the answer to ${name}`, count]));
    return { shapes: rounds, figures: { ...figures, "starts that a gate held": caught } };
  },
};

async function tryOnce(stage: Stage, gate: Gate, round: number): Promise<{ lateStarts: number; held: number }> {
  const before = stage.liar.heard.length;
  // As a convoy, so that one request ends all of it.
  const id = `round-${round}`;
  const members = Array.from({ length: AGENTS }, (_, n) => ({ rig: "lib", title: `work ${n}`, body: ASKED }));
  const convoy = await stage.ask("POST", `/${TOWN}/convoys`, { id, title: id, beads: members });
  const beads = (convoy.members ?? []).map((bead: { id: string }) => bead.id);
  await sleep(Math.random() * WITHIN_MS);
  const shuts = gate.shut(beads);
  const answered = await Promise.all(
    shuts.map(async ({ method = "PATCH", path, body, holds }) => {
      await stage.ask(method, path, body);
      return { holds, atMs: performance.now() };
    }),
  );
  await sleep(LATE_MS);
  const starts = stage.liar.heard.slice(before).filter(({ town, kind }) => town === TOWN && kind === "start");
  const lateStarts = starts.filter((start) => answered.some(({ holds, atMs }) => holds(start) && start.atMs > atMs));
  // The next round begins with everybody idle, and none of this one's beads.
  await stage.ask("POST", `/${TOWN}/convoys/${id}/cancel`, { reason: "over" });
  await Promise.all(gate.open().map(({ path, body }) => stage.ask("PATCH", path, body)));
  const idle = await until(async () => (await stage.ask("GET", `/${TOWN}`)).agents?.idle === AGENTS, PATIENCE_MS);
  if (!idle) stage.breach(`${gate.name}: the agents were not idle again within ${PATIENCE_MS} ms`);
  return { lateStarts: lateStarts.length, held: AGENTS - starts.length };
}
