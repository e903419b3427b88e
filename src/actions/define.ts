import type { z } from "zod";
import type { Tx } from "../db/client.ts";
import type { Bead, Failure } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import type { Kind } from "../lib/lane.ts";
import type { Answer, Ports, Send } from "../ports/ports.ts";

/** What an action is, for all that plan, count or explain it: what is asked of a host, or the town's own maintenance. */
export type ActionKind = Kind | "maintenance";

/** Whom an action is about. The first of bead, attempt and webhook is its target, by which repeated actions are counted; else the town is. */
interface Concerns {
  bead?: string;
  agent?: string;
  rig?: string;
  /** By its fence. */
  attempt?: number;
  webhook?: string;
}

/** All that is known of an action outside its own file. */
interface Known<Type extends string, K extends ActionKind, Payload> {
  type: Type;
  kind: K;
  payload: z.ZodType<Payload>;
  concerns(payload: Payload): Concerns;
  /** An action on a bead makes sense only in these states of it; what repeats in another one is over. */
  beadStates?: readonly Bead["status"][];
  /** It gives an idle agent work: a town that launches one does not starve. */
  isProductive?: true;
}

/** Every order says whom it is for. */
export interface ToHost {
  /** The joined host; null: the town's own. Of a webhook: its id. */
  host: string | null;
}

/** Why an effect did not do: the failure, and how long the host asked us to wait. */
export interface EffectFailure {
  cause: Omit<Failure, "atMs">;
  retryAfterMs?: number | undefined;
  /** The host did not say no: what was asked for may still happen. */
  uncertain: boolean;
}

/** What a port says in so many words, where it says more than yes or no. */
type Words<Output> = Extract<Output, { accepted: boolean }>;

/** What came of an effect, with the answer of its port. */
export type Settlement<Output extends Answer = Answer> =
  | { accepted: true; answer: Words<Output> & { accepted: true } }
  /** No answer: none came, or it could not be understood. */
  | { accepted: false; answer: Words<Output> | null; failure: EffectFailure };

/** The asynchronous half of an action. `settle` and `rollback` are both required: there is no effect that can't fail. */
interface EffectDef<Payload, Input extends ToHost, Output extends Answer> {
  /** Its failure never rolls back the attempt: nothing is taken back when not even its row can be read. */
  bestEffort?: true;
  deadlineMs(ctx: StepContext): number;
  /** Whom it waits for a slot of. Left out: the host of its attempt. */
  laneOf?(payload: Payload): string;
  /** Reads what the effect will need, in the transaction that claims it, so that `run` touches no rows. */
  prepare(tx: Tx, payload: Payload, fence: number, ctx: StepContext): Input;
  /** May run again with the same fence after a crash: the receiver is idempotent by fence. */
  run(ports: Ports, input: Input, signal: AbortSignal, send: Send): Promise<Output>;
  /** What the answer says on its own, also where nothing is left to settle of what was asked. */
  hear?(tx: Tx, host: string | null, settlement: Settlement<Output>, ctx: StepContext): void;
  settle(tx: Tx, payload: Payload, fence: number, ctx: StepContext, answer: Words<Output> & { accepted: true }): void;
  rollback(tx: Tx, payload: Payload, fence: number, failure: EffectFailure, ctx: StepContext): void;
}

interface Asked<Input> {
  fence: number;
  /** What `prepare` would read, of the rows that were just written; left out: it is read. */
  input?: () => Input;
}

export interface PlainAction<Type extends string, K extends ActionKind, Payload> extends Known<Type, K, Payload> {
  /** Synchronous SQL, every write guarded: a stale action unwinds alone. */
  apply(tx: Tx, payload: Payload, ctx: StepContext): void;
  effect?: undefined;
}

/** Each kind of effect has slots of its own. */
export interface EffectAction<Type extends string, K extends Kind, Payload, Input extends ToHost, Output extends Answer>
  extends Known<Type, K, Payload> {
  /** As above; tells what its effect goes by. */
  apply(tx: Tx, payload: Payload, ctx: StepContext): Asked<Input>;
  effect: EffectDef<Payload, Input, Output>;
}

export type AnyEffectAction = EffectAction<string, Kind, unknown, ToHost, Answer>;
export type AnyAction = PlainAction<string, ActionKind, unknown> | AnyEffectAction;

export const defineAction = <Type extends string, K extends ActionKind, Payload>(def: PlainAction<Type, K, Payload>) =>
  def;
export const defineEffectAction = <
  Type extends string,
  K extends Kind,
  Payload,
  Input extends ToHost,
  Output extends Answer,
>(
  def: EffectAction<Type, K, Payload, Input, Output>,
) => def;
