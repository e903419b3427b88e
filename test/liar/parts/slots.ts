/** What hangs holds up nobody else for longer than one slot's turn, and nobody is given up who was never asked. */
import { setTimeout as sleep } from "node:timers/promises";
import { frame, JoinedLiar } from "../joined.ts";
import { ACCEPTED, say } from "../liar.ts";
import { type Stage, until } from "../stage.ts";
import { type Figures, ONCE, type Part } from "./part.ts";

const DEADLINE_MS = 2_000;
/** A slot's turn is a deadline; a busy machine adds to it. */
const TURN_MS = DEADLINE_MS + 1_500;
const HANGING_STOPS = 20;
const HUNG_AGENTS = 50;

export const slotsPart: Part = {
  name: "slots",
  what: "hanging stops, a hanging host beside a well one, fifty agents on a hanging host",
  async run(stage) {
    const figures = { ...(await besideStops(stage)), ...(await besideHost(stage)), ...(await allHang(stage)) };
    return { shapes: 3, figures };
  },
};

/** Twenty cancels that hang; then one bead with an idle agent. */
async function besideStops(stage: Stage): Promise<Figures> {
  const town = "hung-stops";
  await stage.town(town, { ...ONCE, startDeadlineMs: DEADLINE_MS });
  stage.liar.answers(town, (response, { kind }) => {
    if (kind !== "stop") say(response, 202, ACCEPTED);
  });
  await stage.work(
    town,
    Array.from({ length: HANGING_STOPS }, (_, n) => ({ id: `hung-${n}`, how: "accept" })),
  );
  await until(() => stage.liar.of(town).length === HANGING_STOPS, 30_000);
  const beads = stage.liar.of(town).map(({ bead }) => bead);
  // Cancelled, and not waited for: the answer may wait for what hangs.
  const cancels = beads.map((id) => stage.ask("POST", `/${town}/beads/${id}/cancel`, { reason: "hangs" }));
  await until(() => stage.liar.of(town, "stop").length > 0, 10_000);
  const ms = await startOf(stage, town, "well");
  if (ms > TURN_MS)
    stage.breach(`slots: beside ${HANGING_STOPS} hanging stops a start took ${ms} ms, where ${TURN_MS} will do`);
  await Promise.all(cancels);
  return { [`start beside ${HANGING_STOPS} hanging stops, ms`]: ms };
}

/** How long from "this agent has a bead" to the host's receipt of its start. */
async function startOf(stage: Stage, town: string, id: string): Promise<number> {
  await stage.ask("POST", `/${town}/rigs`, { id: "well", repoUrl: "/nowhere.git" });
  await stage.ask("POST", `/${town}/agents`, { id, rig: "well", command: ["accept"] });
  const askedMs = performance.now();
  await stage.beads(town, 1, "well");
  const start = () => stage.liar.of(town).find(({ agent }) => agent === id);
  await until(start, 60_000);
  return Math.round((start()?.atMs ?? Number.POSITIVE_INFINITY) - askedMs);
}

/** Two hosts have joined; one takes orders and never answers. */
async function besideHost(stage: Stage): Promise<Figures> {
  const town = "hung-host";
  const settings = {
    ...ONCE,
    hosts: "external",
    startDeadlineMs: DEADLINE_MS,
    leaseMs: 600_000,
    firstLeaseMs: 600_000,
  };
  await stage.town(town, settings);
  const hung = new JoinedLiar(stage, town, "hung", () => undefined);
  const well = new JoinedLiar(stage, town, "well", (socket, { id }) => socket.send(frame(id, 202, ACCEPTED)));
  await hung.join();
  await well.join();
  const askedMs = performance.now();
  await stage.work(
    town,
    Array.from({ length: 20 }, (_, n) => ({ id: `either-${n}`, how: "accept" })),
  );
  await sleep(3 * DEADLINE_MS);
  const queuedMs = performance.now() - askedMs - 3 * DEADLINE_MS;
  const waits = well.starts().map(({ atMs }) => Math.round(atMs - askedMs));
  const slowest = Math.max(...waits, 0);
  if (waits.length === 0) stage.breach("slots: beside a hanging host the well one was asked nothing");
  if (slowest > queuedMs + TURN_MS)
    stage.breach(`slots: beside a hanging host a well one was asked after ${slowest} ms`);
  hung.leave();
  well.leave();
  return {
    "starts of the well host": waits.length,
    "its slowest, ms": slowest,
    "asked of the hanging one": hung.starts().length,
  };
}

/** Nobody of fifty is answered: each that is given up was asked for. */
async function allHang(stage: Stage): Promise<Figures> {
  const town = "all-hang";
  await stage.town(town, { startDeadlineMs: DEADLINE_MS, startsPerMinute: 100_000 });
  stage.liar.answers(town, () => undefined);
  await stage.work(
    town,
    Array.from({ length: HUNG_AGENTS }, (_, n) => ({ id: `hangs-${n}`, how: "hang" })),
  );
  await sleep(5 * DEADLINE_MS);
  const asked = new Set(stage.liar.of(town).map(({ fence }) => fence));
  const attempts = await stage.attempts(town);
  const unasked = attempts.filter(
    ({ fence, state, failure }) => state === "released" && !asked.has(fence) && failure?.code !== "withdrawn",
  );
  if (unasked.length > 0) {
    const [{ failure }] = unasked;
    stage.breach(
      `slots: ${unasked.length} of ${attempts.length} attempts were given up that nobody asked for (${failure?.code}: ${failure?.message})`,
    );
  }
  return { "attempts on a hanging host": attempts.length, "of these never asked for": unasked.length };
}
