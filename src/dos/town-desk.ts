import type { Db, Tx } from "../db/client.ts";
import type { StepContext } from "../db/step.ts";
import { readTown } from "../db/town-row.ts";
import { explainBead, previewPlan } from "../queries/explain/index.ts";
import type { QueryName } from "../queries/index.ts";
import { type AttemptQuery, listAttempts, readAttempt, readLog } from "../queries/reads.ts";
import { type InFlight, nothingInFlight } from "../reconciler/in-flight.ts";
import type { Loop } from "../reconciler/loop.ts";
import type { Desk } from "./desk.ts";
import { systemClock } from "./ports.ts";
import { noSuchTown, type Result } from "./result.ts";
import { TownWork } from "./town-work.ts";
import { attemptView, explanationView, logView } from "./views.ts";

/** What a town can be asked and told: each a read of rows, or a fact for the loop. */
export abstract class TownDesk extends TownWork {
  protected abstract readonly db: Db;
  /** Null: there is no such town. */
  protected loop: Loop | null = null;
  protected desk: Desk | null = null;

  /**
   * @param input as the door has read it
   * @param proves first, that what is written stays: then the answer is no memory of a failure that is over
   */
  async query(name: QueryName, input: unknown, proves = false): Promise<Result<unknown>> {
    if (proves) {
      this.loop?.tick();
      await this.ctx.storage.sync();
    }
    return this.desk?.query(name, input) ?? noSuchTown();
  }

  protected override read<T>(query: (tx: Tx) => T): Result<T> {
    return this.desk?.read(query) ?? noSuchTown();
  }

  attempt(fence: number) {
    return this.read((tx) => attemptView(readAttempt(tx, fence)));
  }

  attempts(query: AttemptQuery) {
    return this.read((tx) => listAttempts(tx, query).map(attemptView));
  }

  /** Looks at everything again, now: what a person does who does not trust the clockwork. */
  reconcile() {
    if (!this.loop) return noSuchTown();
    this.loop.reader.lookThrough("an operator");
    this.loop.tick();
    return this.query("read-health", {});
  }

  explain(bead: string) {
    return this.read((tx) => {
      const ctx = contextOf(tx);
      return explanationView(explainBead(tx, bead, ctx, previewPlan(tx, ctx, this.#inFlight)));
    });
  }

  log(fence: number) {
    return this.read((tx) => logView(readLog(tx, fence)));
  }

  get #inFlight(): InFlight {
    return this.loop?.inFlight ?? nothingInFlight;
  }
}

const contextOf = (tx: Tx): StepContext => ({
  nowMs: systemClock.now(),
  random: Math.random,
  settings: readTown(tx).settings,
});
