import { existingHost } from "../attempts/hosts.ts";
import type { Db, Tx } from "../db/client.ts";
import { existingAgent } from "../db/existing.ts";
import { hosts } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { readTown } from "../db/town-row.ts";
import { attentionOf } from "../queries/attention/index.ts";
import { previewPlan } from "../queries/explain/index.ts";
import { computeHealth } from "../queries/health/index.ts";
import type { QueryName } from "../queries/index.ts";
import { metricsText } from "../queries/metrics.ts";
import { countAgents, countBeads, listAgents } from "../queries/reads.ts";
import { type InFlight, nothingInFlight } from "../reconciler/in-flight.ts";
import type { Loop } from "../reconciler/loop.ts";
import { agentView } from "../views/agent.ts";
import { hostView } from "../views/host.ts";
import { townView } from "../views/town.ts";
import type { Desk } from "./desk.ts";
import { systemClock } from "./ports.ts";
import { noSuchTown, type Result } from "./result.ts";
import { TownRecords } from "./town-records.ts";
import { attentionView, healthView, previewView } from "./views.ts";

/** What a town can be asked and told: each a read of rows, or a fact for the loop. */
export abstract class TownDesk extends TownRecords {
  protected abstract readonly db: Db;
  /** Null: there is no such town. */
  protected loop: Loop | null = null;
  protected desk: Desk | null = null;

  /** @param input as the door has read it */
  async query(name: QueryName, input: unknown): Promise<Result<unknown>> {
    return this.desk?.query(name, input) ?? noSuchTown();
  }

  protected override read<T>(query: (tx: Tx) => T): Result<T> {
    return this.desk?.read(query) ?? noSuchTown();
  }

  show() {
    return this.read((tx) => townView(readTown(tx), countBeads(tx), countAgents(tx)));
  }

  agents() {
    return this.read((tx) => listAgents(tx).map(agentView));
  }

  agent(id: string) {
    return this.read((tx) => agentView(existingAgent(tx, id)));
  }

  /** @param proves first, that what is written stays: then it is no memory of a failure that is over */
  async health(proves = false) {
    if (proves) {
      this.loop?.tick();
      await this.ctx.storage.sync();
    }
    return this.read((tx) => healthView(computeHealth(tx, systemClock.now())));
  }

  attention() {
    return this.read((tx) => attentionView(attentionOf(tx, systemClock.now())));
  }

  metrics() {
    return this.read((tx) => metricsText(tx, systemClock.now(), this.#inFlight));
  }

  /** Looks at everything again, now: what a person does who does not trust the clockwork. */
  reconcile() {
    if (!this.loop) return noSuchTown();
    this.loop.reader.lookThrough("an operator");
    this.loop.tick();
    return this.health();
  }

  /** What `reconcile` would do, and what it would not, with the gate. */
  preview() {
    return this.read((tx) => previewView(previewPlan(tx, contextOf(tx), this.#inFlight)));
  }

  hosts() {
    return this.read((tx) => tx.select().from(hosts).orderBy(hosts.id).all().map(hostView));
  }

  host(id: string) {
    return this.read((tx) => hostView(existingHost(tx, id)));
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
