import type { Clockwork } from "./clockwork.ts";

/** How often each thing goes wrong at most, when it may. The rates of one world are drawn below these. */
const WORST = {
  startLost: 0.1,
  startRejected: 0.2,
  startFalse: 0.2,
  lateStart: 0.5,
  acceptedNeverRuns: 0.1,
  startDoubled: 0.2,
  answerLost: 0.1,
  messageDropped: 0.2,
  messageDoubled: 0.2,
  messageLate: 0.2,
  messageDaysLate: 0.2,
  agentFails: 0.3,
  landingRejected: 0.2,
  setupFails: 0.1,
  townCrashes: 0.002,
  alarmLate: 0.2,
} as const;

type Rates = Record<keyof typeof WORST, number>;
export type Fault = keyof typeof WORST | "hostDies" | "hostPauses" | "leaseKill";

/** What goes wrong in one world: each kind at a rate of its own, drawn once, so that seeds differ in character. */
export class Faults {
  readonly #world: Clockwork;
  readonly #rates: Rates;
  readonly hits: Partial<Record<Fault, number>> = {};
  on = true;

  constructor(world: Clockwork) {
    this.#world = world;
    // Half of the kinds are absent from a given world: a fault shows best where others do not hide it.
    const draw = (worst: number) => (world.random() < 0.5 ? 0 : worst * world.random());
    this.#rates = Object.fromEntries(Object.entries(WORST).map(([name, worst]) => [name, draw(worst)])) as Rates;
  }

  strikes(fault: keyof typeof WORST): boolean {
    if (!this.on || this.#world.random() >= this.#rates[fault]) return false;
    this.hit(fault);
    return true;
  }

  hit(fault: Fault): void {
    this.hits[fault] = (this.hits[fault] ?? 0) + 1;
  }
}
