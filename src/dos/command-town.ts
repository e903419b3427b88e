import { chooseHost } from "../attempts/hosts.ts";
import { preflightOrder } from "../attempts/preflight.ts";
import type { OrderOnItsWay, Town } from "../commands/define.ts";
import { readTown } from "../db/town-row.ts";
import { BRANCH_PREFIX } from "../lib/branch.ts";
import { isBeginning } from "../lib/lane.ts";
import { clip, messageOf } from "../lib/text.ts";
import { withDeadline } from "../ports/deadline.ts";
import type { LandingOrder, PreflightPort, RunOrder } from "../ports/ports.ts";
import { type LookRequest, NOT_ASKED, type RigLook } from "../protocol/rig-look.ts";
import { STARTS_ARRIVE_MS } from "../reconciler/limits.ts";
import type { Loop } from "../reconciler/loop.ts";
import { systemClock } from "./ports.ts";

/** Each is longer than the host takes for it at the most. */
const PREFLIGHT_MS = 70_000;
const LOOK_MS = 25_000;

/** What a command of this town can do beside its transaction. */
export class CommandTown implements Town {
  readonly #loop: Loop;
  readonly #scout: PreflightPort;
  readonly read: Town["read"];
  readonly hangUp: Town["hangUp"];
  readonly preflightLater: Town["preflightLater"];
  readonly sendsToPrivate: boolean;

  constructor(
    loop: Loop,
    scout: PreflightPort,
    given: Pick<Town, "read" | "hangUp" | "preflightLater" | "sendsToPrivate">,
  ) {
    this.#loop = loop;
    this.#scout = scout;
    this.read = given.read;
    this.hangUp = given.hangUp;
    this.preflightLater = given.preflightLater;
    this.sendsToPrivate = given.sendsToPrivate;
  }

  get nowMs(): number {
    return systemClock.now();
  }

  async look(rig: LookRequest["rig"], begin: boolean): Promise<RigLook> {
    const { name: town, settings } = this.read((tx) => readTown(tx));
    const prefix = settings.branchPrefix;
    const named = { ...rig, ...(prefix !== BRANCH_PREFIX && { branchPrefix: prefix }) };
    try {
      return await this.#asked(LOOK_MS, (host, signal) => this.#scout.look({ host, town, rig: named, begin }, signal));
    } catch (error) {
      return notAsked(rig.id, messageOf(error, 500));
    }
  }

  async preflight(agent: string, call: boolean) {
    const order = this.read((tx) => preflightOrder(tx, agent));
    const look = (host: string | null, signal: AbortSignal) => this.#scout.preflight({ ...order, host, call }, signal);
    return { of: JSON.stringify(order), checks: await this.#asked(PREFLIGHT_MS, look).catch(() => null) };
  }

  async startsArrived(of: (order: OrderOnItsWay) => boolean): Promise<void> {
    const begins: Parameters<Loop["answered"]>[0] = ({ kind, input }) =>
      isBeginning(kind) && of({ agent: null, ...(input as RunOrder | LandingOrder) });
    await this.#loop.answered(begins, STARTS_ARRIVE_MS);
  }

  /** By the host that would get the next run, in its turn. */
  async #asked<T>(patienceMs: number, look: (host: string | null, signal: AbortSignal) => Promise<T>): Promise<T> {
    const host = this.read((tx) => chooseHost(tx, readTown(tx).settings));
    const ask = (signal: AbortSignal) => look(host, signal);
    return this.#loop.ask({ kind: "message", host }, () => withDeadline(ask, patienceMs, systemClock));
  }
}

const notAsked = (rig: string, why: string): RigLook => ({
  ok: false,
  branch: null,
  code: NOT_ASKED,
  detail: clip(`No host could be asked: ${why}`, 600),
  hint: `Ask again once one is there: POST …/rigs/${rig}/preflight.`,
});
