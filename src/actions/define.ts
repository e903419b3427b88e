import type { z } from "zod";
import type { Tx } from "../db/client.ts";
import type { Failure } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import type { Kind } from "../lib/lane.ts";
import type { HostReply, Ports, Send } from "../ports/ports.ts";

/** Every order says whom it is for. */
export interface ToHost {
  /** The joined host; null: the town's own. */
  host: string | null;
}

/** Why an effect did not do: the failure, and how long the host asked us to wait. */
export interface EffectFailure {
  cause: Omit<Failure, "atMs">;
  retryAfterMs?: number | undefined;
  /** Nobody said no: what was asked for may still happen. */
  uncertain: boolean;
}

/** The asynchronous half of an action. `settle` and `rollback` are both required: there is no effect that can't fail. */
export interface EffectDef<Payload, Input extends ToHost> {
  /** Each kind has slots of its own. */
  kind: Kind;
  /** Whatever becomes of it, the attempt goes on: nothing is taken back when not even its row can be read. */
  aside?: true;
  deadlineMs(ctx: StepContext): number;
  /** Reads what the effect will need, in the transaction that claims it, so that `run` touches no rows. */
  prepare(tx: Tx, payload: Payload, fence: number, ctx: StepContext): Input;
  /** May run again with the same fence after a crash: the receiver is idempotent by fence. */
  run(ports: Ports, input: Input, signal: AbortSignal, send: Send): Promise<HostReply>;
  /** @param bootId which boot of the host agreed, if it said so */
  settle(tx: Tx, payload: Payload, fence: number, ctx: StepContext, bootId: string | null): void;
  rollback(tx: Tx, payload: Payload, fence: number, failure: EffectFailure, ctx: StepContext): void;
}

interface Asked<Input> {
  fence: number;
  /** What `prepare` would read, of the rows that were just written; left out: it is read. */
  input?: () => Input;
}

export interface PlainAction<Type extends string, Payload> {
  type: Type;
  payload: z.ZodType<Payload>;
  /** Synchronous SQL, every write guarded: a stale action unwinds alone. */
  apply(tx: Tx, payload: Payload, ctx: StepContext): void;
  effect?: undefined;
}

export interface EffectAction<Type extends string, Payload, Input extends ToHost> {
  type: Type;
  payload: z.ZodType<Payload>;
  /** As above; tells what its effect goes by. */
  apply(tx: Tx, payload: Payload, ctx: StepContext): Asked<Input>;
  effect: EffectDef<Payload, Input>;
}

export const defineAction = <Type extends string, Payload>(def: PlainAction<Type, Payload>) => def;
export const defineEffectAction = <Type extends string, Payload, Input extends ToHost>(
  def: EffectAction<Type, Payload, Input>,
) => def;
