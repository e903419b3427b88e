import type { z } from "zod";
import type { Tx } from "../db/client.ts";
import type { StepContext } from "../db/step.ts";

/** A fact from outside. `apply` writes what follows from it directly; what should be done about it is for the rules. */
export interface EventDef<Type extends string, Payload, Result> {
  type: Type;
  payload: z.ZodType<Payload>;
  /** In a savepoint of its own. Throws `Refusal` for what can't be; anything else thrown is poison and tried again. */
  apply(tx: Tx, payload: Payload, ctx: StepContext): Result;
}

export const defineEvent = <Type extends string, Payload, Result>(def: EventDef<Type, Payload, Result>) => def;
