import { agentInput, beadsInput, rigInput } from "../../src/commands/inputs.ts";
import { settingsSchema } from "../../src/lib/settings.ts";
import type { Report, Verdict } from "../../src/protocol/reports.ts";
import { checkInvariants } from "../../src/queries/invariants.ts";
import type { Fact } from "../../src/reconciler/ingest.ts";
import { Clockwork } from "../clockwork.ts";
import { type Order, ScriptedHost } from "../crashpoints/host.ts";
import type { Conduct } from "../crashpoints/scenario.ts";
import type { SqlEngine } from "../engine.ts";
import { SimTown } from "../town.ts";
import { ACTIVE_MS, type Figures, type Life } from "./figures.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** When people work, UTC; the first day is a Monday. */
const FROM_HOUR = 8;
const UNTIL_HOUR = 17;
const WORKING_DAYS = 5;

/** How often things go wrong in ordinary life. */
const RATES = { refused: 0.02, agentFails: 0.08, landingFails: 0.05, silent: 0.005, waitsForAnother: 0.3 };

const PRINTED = "A line of what an agent prints while it works, as long as such lines are.\n".repeat(8);
const BODY = "What is to be done, and why, in the words of whoever wants it. ".repeat(8);

/** Counts what passes between the town and its storage. */
export interface Meter extends SqlEngine {
  /** Since it was last asked. */
  take(): { statements: number; rowsRead: number; rowsWritten: number };
  bytes(): number;
}

/** A town in which nothing remarkable happens. */
export class YearWorld {
  readonly #clock: Clockwork;
  readonly #life: Life;
  readonly #meter: Meter;
  readonly #town: SimTown;
  readonly #bornMs: number;
  readonly #figures: Figures;
  #awakeUntilMs = 0;
  #newest: string | null = null;

  constructor(life: Life, meter: Meter) {
    this.#life = life;
    this.#meter = meter;
    this.#clock = new Clockwork(life.seed);
    // The morning of a day of work, whatever it was.
    this.#clock.nowMs = Math.ceil(this.#clock.nowMs / DAY) * DAY;
    this.#bornMs = this.#clock.nowMs;
    this.#figures = {
      ...{ beads: 0, attempts: 0, passes: 0, alarms: 0, alarmsSet: 0, requests: 0, statements: 0 },
      ...{ rowsRead: 0, rowsWritten: 0, pruning: { steps: 0, rowsRead: 0, rowsWritten: 0 } },
      ...{ awakeMs: 0, databaseBytes: 0, left: 0, violations: [] },
    };
    const host = new ScriptedHost({
      world: this.#clock,
      deliver: (report) => this.#hear(report),
      conductOf: (of) => this.#conductOf(of),
      stopAfterMs: 200,
      called: () => () => {},
      stopping: () => {},
      nudging: () => {},
      nudged: undefined,
      heard: () => {},
      spawned: () => {},
      pushed: () => {},
      violation: (text) => this.#figures.violations.push(text),
    });
    const settings = settingsSchema.parse({ retention: life.retention });
    this.#town = new SimTown(this.#clock, settings, (alive) => host.port(alive), meter);
    const { platform } = this.#town;
    const set = platform.set.bind(platform);
    platform.set = (atMs) => {
      this.#figures.alarmsSet++;
      set(atMs);
    };
    this.#people();
  }

  /** Until the end of so many days. */
  async live(days: number, drain: () => Promise<void>): Promise<Figures> {
    const figures = this.#figures;
    let rings = this.#town.alarms;
    let steps = this.#pruned;
    this.#meter.take();
    while (this.#clock.step(this.#bornMs + days * DAY)) {
      await drain();
      if (this.#town.alarms > rings) this.#isAwake();
      rings = this.#town.alarms;
      const { statements, rowsRead, rowsWritten } = this.#meter.take();
      figures.statements += statements;
      figures.rowsRead += rowsRead;
      figures.rowsWritten += rowsWritten;
      const now = statements > 0 && this.#clock.nowMs % DAY < HOUR ? this.#pruned : steps;
      if (now > steps) {
        figures.pruning.steps += now - steps;
        figures.pruning.rowsRead += rowsRead;
        figures.pruning.rowsWritten += rowsWritten;
      }
      steps = now;
      this.#meter.take(); // what was asked here is no cost of the town's
    }
    return this.#sum();
  }

  #sum(): Figures {
    const one = (query: string) => Object.values(this.#meter.sql.exec(query).toArray()[0] ?? {})[0] as number;
    const breaches = checkInvariants(this.#town.tx, this.#clock.nowMs, HOUR);
    return {
      ...this.#figures,
      beads: one("SELECT last_bead FROM town"),
      attempts: one("SELECT last_fence FROM town"),
      passes: one("SELECT ticks FROM town"),
      alarms: this.#town.alarms,
      databaseBytes: this.#meter.bytes(),
      left: one("SELECT count(*) FROM beads"),
      violations: [...this.#figures.violations, ...breaches.map(({ detail }) => detail)].slice(0, 5),
    };
  }

  get #pruned(): number {
    const query = "SELECT coalesce(json_extract(counters, '$.\"action prune_history applied\"'), 0) AS n FROM town";
    return (this.#meter.sql.exec(query).toArray()[0]?.n as number) ?? 0;
  }

  /** Something has just been asked of the object. */
  #isAwake(): void {
    const { nowMs } = this.#clock;
    this.#figures.awakeMs += nowMs + ACTIVE_MS - Math.max(nowMs, this.#awakeUntilMs);
    this.#awakeUntilMs = nowMs + ACTIVE_MS;
  }

  #told(fact: Fact): unknown {
    this.#figures.requests++;
    this.#isAwake();
    const [outcome] = this.#town.tell([fact], false);
    if (outcome?.status === "applied") return outcome.result;
    this.#figures.violations.push(`${fact.type}: ${JSON.stringify(outcome)}`);
    return null;
  }

  /** With what the run has printed since: a request of its own. */
  #hear(report: Report): Verdict {
    this.#figures.requests++;
    this.#isAwake();
    const verdict = this.#town.report({ ...report, seq: 2 * report.seq });
    if (report.kind !== "heartbeat" || report.agent === null || verdict !== "ok") return verdict;
    if (this.#clock.random("prints") >= this.#life.prints) return verdict;
    const { agent, bead, fence, seq } = report;
    this.#figures.requests++;
    this.#town.report({ kind: "log", agent, bead, fence, seq: 2 * seq + 1, text: PRINTED });
    return verdict;
  }

  #conductOf({ kind }: Order): Conduct {
    const chance = (of: number) => this.#clock.random("conduct") < of;
    const usual = { answer: "yes" as const, answerAfterMs: 100, beginsAfterMs: 200 as number | null };
    const workMs =
      kind === "run"
        ? this.#clock.between(3 * MINUTE, 37 * MINUTE, "work")
        : this.#clock.between(MINUTE / 3, 3 * MINUTE, "work");
    if (chance(RATES.refused)) return { ...usual, answer: "no", beginsAfterMs: null, workMs, ends: "well" };
    const fails = chance(kind === "run" ? RATES.agentFails : RATES.landingFails);
    return { ...usual, workMs, ends: chance(RATES.silent) ? "silent" : fails ? "badly" : "well" };
  }

  #people(): void {
    this.#told({
      type: "rig_added",
      payload: {
        ...rigInput.parse({ id: "lib", repoUrl: "/lib.git", gate: ["npm", "test"], defaultBranch: "main" }),
        look: null,
      },
    });
    for (let n = 1; n <= this.#life.agents; n++)
      this.#told({ type: "agent_added", payload: agentInput.parse({ id: `a${n}`, rig: "lib", command: ["x"] }) });
    for (let day = 0; day < this.#life.days; day++) {
      if (day % 7 >= WORKING_DAYS) continue;
      for (let n = 0; n < this.#life.beads; n++)
        this.#clock.after(day * DAY + this.#clock.between(FROM_HOUR * HOUR, UNTIL_HOUR * HOUR, "arrives"), () =>
          this.#bead(),
        );
    }
  }

  #bead(): void {
    const dependsOn =
      this.#newest !== null && this.#clock.random("depends") < RATES.waitsForAnother ? [this.#newest] : [];
    const bead = { rig: "lib", title: "Something that is to be done", body: BODY, dependsOn };
    const made = this.#told({ type: "beads_created", payload: beadsInput.parse({ beads: [bead] }) }) as {
      id: string;
    }[];
    this.#newest = made[0]?.id ?? null;
  }
}
