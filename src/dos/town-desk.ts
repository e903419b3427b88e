import { chooseHost, existingHost } from "../attempts/hosts.ts";
import { preflightOrder } from "../attempts/preflight.ts";
import type { Beginning, Town } from "../commands/define.ts";
import { type CommandFact, type CommandName, commandNamed } from "../commands/index.ts";
import type {
  AgentChange,
  AgentInput,
  BreakerClose,
  HostChange,
  HostRemoval,
  HostRenewal,
  HostTakeover,
  StopInput,
  TownChange,
} from "../commands/inputs.ts";
import type { Db, Tx } from "../db/client.ts";
import { existingAgent } from "../db/existing.ts";
import { hosts, type TownRow } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { readTown } from "../db/town-row.ts";
import { Stale } from "../lib/guard.ts";
import { isBeginning } from "../lib/lane.ts";
import { withDeadline } from "../ports/deadline.ts";
import type { LandingOrder, RunOrder, Scout } from "../ports/ports.ts";
import { attentionOf } from "../queries/attention/index.ts";
import { explainBead, previewPlan } from "../queries/explain/index.ts";
import { computeHealth } from "../queries/health/index.ts";
import { type QueryName, queryNamed } from "../queries/index.ts";
import { metricsText } from "../queries/metrics.ts";
import {
  type AttemptQuery,
  countAgents,
  countBeads,
  listAgents,
  listAttempts,
  readAttempt,
  readLog,
} from "../queries/reads.ts";
import { type InFlight, nothingInFlight } from "../reconciler/in-flight.ts";
import type { Fact } from "../reconciler/ingest.ts";
import type { Launch } from "../reconciler/launch.ts";
import { STARTS_ARRIVE_MS } from "../reconciler/limits.ts";
import type { Loop } from "../reconciler/loop.ts";
import { agentView } from "../views/agent.ts";
import { hostView } from "../views/host.ts";
import { desiredView, townView } from "../views/town.ts";
import { systemClock } from "./ports.ts";
import { type Result, refused, tried } from "./result.ts";
import { TownRecords } from "./town-records.ts";
import { attemptView, attentionView, explanationView, healthView, logView, previewView } from "./views.ts";

/** Longer than the host takes for it at the most. */
const PREFLIGHT_MS = 70_000;

/** What a town can be asked and told: each a read of rows, or a fact for the loop. */
export abstract class TownDesk extends TownRecords {
  protected abstract readonly db: Db;
  /** Null: there is no such town. */
  protected loop: Loop | null = null;
  /** Who tells whether an agent could work. Null: there is no such town. */
  protected scout: Scout | null = null;

  /** @param input as the door has read it */
  async execute(name: CommandName, input: unknown): Promise<Result<unknown>> {
    const command = commandNamed(name);
    if (!command) throw new Error(`no command is called ${name}`);
    const fact = { type: command.type, payload: input } as CommandFact;
    const answer = this.told(fact, (applied) => command.answer(applied as never, this.db as unknown as Tx));
    if (answer.ok) await command.after?.(this.#town, input as never);
    return answer;
  }

  /** @param input as the door has read it */
  async query(name: QueryName, input: unknown): Promise<Result<unknown>> {
    const query = queryNamed(name);
    if (!query) throw new Error(`no query is called ${name}`);
    const ctx = { nowMs: systemClock.now(), random: Math.random, inFlight: this.#inFlight };
    return this.read((tx) => query.read(tx, input as never, ctx));
  }

  /** What commands can do here beside writing rows. */
  readonly #town: Town = {
    startsArrived: async (of) => {
      await this.loop?.answered(beginningOf(of), STARTS_ARRIVE_MS);
    },
  };

  show() {
    return this.read((tx) => townView(readTown(tx), countBeads(tx), countAgents(tx)));
  }

  agents() {
    return this.read((tx) => listAgents(tx).map(agentView));
  }

  agent(id: string) {
    return this.read((tx) => agentView(existingAgent(tx, id)));
  }

  attempt(fence: number) {
    return this.read((tx) => attemptView(readAttempt(tx, fence)));
  }

  attempts(query: AttemptQuery) {
    return this.read((tx) => listAttempts(tx, query).map(attemptView));
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

  change(input: TownChange) {
    const changed = this.told({ type: "town_changed", payload: input }, (row: TownRow) => desiredView(row));
    return input.paused || input.draining ? this.afterStarts(changed, () => true) : changed;
  }

  changeAgent(input: AgentChange) {
    const changed = this.lookedAt(this.told({ type: "agent_changed", payload: input }, agentView));
    const ends = input.paused || input.enabled === false;
    return ends ? this.afterStarts(changed, ({ agent }) => agent === input.agent) : changed;
  }

  /** Looks at everything again, now: what a person does who does not trust the clockwork. */
  reconcile() {
    if (!this.loop) return this.unknown<never>();
    this.loop.reader.lookThrough("an operator");
    this.loop.tick();
    return this.health();
  }

  /** What `reconcile` would do, and what it would not, with the gate. */
  preview() {
    return this.read((tx) => previewView(previewPlan(tx, contextOf(tx), this.#inFlight)));
  }

  explain(bead: string) {
    return this.read((tx) => {
      const ctx = contextOf(tx);
      return explanationView(explainBead(tx, bead, ctx, previewPlan(tx, ctx, this.#inFlight)));
    });
  }

  retryProvider(provider: string) {
    return this.told({ type: "provider_retried", payload: { provider } }, (row: { id: string }) => row);
  }

  closeBreaker(input: BreakerClose) {
    return this.told({ type: "breaker_closed", payload: input }, (row: TownRow) => desiredView(row));
  }

  hosts() {
    return this.read((tx) => tx.select().from(hosts).orderBy(hosts.id).all().map(hostView));
  }

  host(id: string) {
    return this.read((tx) => hostView(existingHost(tx, id)));
  }

  addHost(input: { id: string; tokenHash: string }) {
    return this.told({ type: "host_added", payload: input }, hostView);
  }

  changeHost(input: HostChange) {
    const changed = this.told({ type: "host_changed", payload: input }, hostView);
    return input.enabled === false ? this.afterStarts(changed, ({ host }) => host === input.host) : changed;
  }

  removeHost(removal: HostRemoval) {
    return this.told({ type: "host_removed", payload: removal }, hostView);
  }

  takeOverHost(takeover: HostTakeover) {
    return this.told({ type: "host_taken_over", payload: takeover }, hostView);
  }

  renewHost(renewal: HostRenewal) {
    return this.told({ type: "host_token_replaced", payload: renewal }, hostView);
  }

  addAgent(input: AgentInput) {
    return this.lookedAt(this.told({ type: "agent_added", payload: input }, agentView));
  }

  stopAgent(input: StopInput) {
    const stopped = this.told({ type: "agent_stopped", payload: input }, agentView);
    return this.afterStarts(stopped, ({ agent }) => agent === input.agent);
  }

  log(fence: number) {
    return this.read((tx) => logView(readLog(tx, fence)));
  }

  /** Asks the host whether this agent could work, and keeps what it says. */
  async preflight(agent: string, call = false) {
    const order = this.read((tx) => preflightOrder(tx, agent));
    if (!order.ok) return order;
    const look = (scout: Scout, host: string | null, signal: AbortSignal) =>
      scout.preflight({ ...order.value, host, call }, signal);
    const checks = await this.scouted(look, PREFLIGHT_MS).catch(() => null);
    return this.told(
      { type: "agent_preflighted", payload: { agent, of: JSON.stringify(order.value), checks } },
      agentView,
    );
  }

  /** By the host that would get the next run, in its turn. @throws Stale if none is there */
  protected override async scouted<T>(
    look: (scout: Scout, host: string | null, signal: AbortSignal) => Promise<T>,
    patienceMs: number,
  ): Promise<T> {
    const tx = this.db as unknown as Tx;
    const host = chooseHost(tx, readTown(tx).settings);
    const { scout, loop } = this;
    if (!scout || !loop) throw new Stale("there is no such town");
    const ask = (signal: AbortSignal) => look(scout, host, signal);
    return loop.ask({ kind: "message", host }, () => withDeadline(ask, patienceMs, systemClock));
  }

  get #inFlight(): InFlight {
    return this.loop?.inFlight ?? nothingInFlight;
  }

  /**
   * Answers once the starts and landings that a gate came too late for have arrived: none is received after the answer. A host
   * that hangs makes nobody wait for long.
   */
  protected override async afterStarts<V>(told: Result<V>, of: (order: Beginning) => boolean): Promise<Result<V>> {
    if (!told.ok) return told;
    await this.loop?.answered(beginningOf(of), STARTS_ARRIVE_MS);
    return told;
  }

  /** Whoever waits for its preflight gets one, behind the answer. */
  protected lookedAt(changed: Result<ReturnType<typeof agentView>>) {
    if (changed.ok && changed.value.preflight?.state === "pending")
      this.ctx.waitUntil(this.preflight(changed.value.id));
    return changed;
  }

  protected unknown<T>(): Result<T> {
    return refused(404, "town_not_found", "There is no such town.", "Create it first: POST /v1/towns.");
  }

  protected override read<T>(query: (tx: Tx) => T): Result<T> {
    if (!this.loop) return this.unknown();
    this.loop.rearm();
    const asked = () => tried(() => query(this.db as unknown as Tx));
    try {
      return asked();
    } catch (error) {
      // Some row, perhaps: then the next try reads something else in its place.
      if (this.loop.reader.lookThrough()) return asked();
      throw error;
    }
  }

  /** A fact whose bringer waits for the answer: applied, or refused with the reason; never kept for later. */
  protected override told<T, V>(fact: Fact, view: (result: T) => V): Result<V> {
    if (!this.loop) return this.unknown();
    const { outcomes, done } = this.loop.tick([fact], false);
    this.ctx.waitUntil(done);
    const [outcome] = outcomes;
    if (outcome?.status === "applied") return { ok: true, value: view(outcome.result as T) };
    if (outcome?.status === "refused") return { ok: false, problem: outcome.problem };
    return refused(
      500,
      "not_applied",
      outcome?.status === "failed" ? outcome.error : "not applied",
      "Nothing was changed; this is a bug, please report it.",
    );
  }
}

const beginningOf =
  (of: (order: Beginning) => boolean) =>
  ({ kind, input }: Launch): boolean =>
    isBeginning(kind) && of({ agent: null, ...(input as RunOrder | LandingOrder) });

const contextOf = (tx: Tx): StepContext => ({
  nowMs: systemClock.now(),
  random: Math.random,
  settings: readTown(tx).settings,
});
