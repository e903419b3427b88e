import type { z } from "zod";
import type { Tx } from "../db/client.ts";
import type { StepContext } from "../db/step.ts";
import type { Operation, Params, ParamsOf } from "../lib/operation.ts";

/** An attempt that is about to begin on its host. */
export interface Beginning {
  host: string | null;
  bead: string;
  rig: { id: string };
  /** Null: a landing. */
  agent: string | null;
}

/** What a command can do outside of its transaction. */
export interface Town {
  /** Resolves when no start or landing of these is on its way to a host any more; it waits for some seconds at most. */
  startsArrived(of: (order: Beginning) => boolean): Promise<void>;
}

/**
 * What an operator asks for. It is applied, or refused with the reason, and never kept for later.
 *
 * To add one: a file here that is called like it, one line in `index.ts`, and `npm run api` for the docs. Its route, the check
 * of its input, its part of OpenAPI and the client's types come of that.
 */
export interface CommandDef<
  Name extends string,
  Type extends string,
  P extends Params,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Output extends z.ZodType,
  Applied,
> extends Operation {
  name: Name;
  method: "POST" | "PATCH" | "DELETE";
  /** What the history of ticks calls it. It is public: it never changes. */
  type: Type;
  params?: P;
  query?: Query;
  body?: Body;
  output: Output;
  /** Where what was made is found, below the path: its id. */
  location?(answer: z.output<Output>): string;
  /** Writes what follows from it, in a savepoint of its own. Throws `Refusal` for what can't be. */
  apply(tx: Tx, input: InputOf<P, Query, Body>, ctx: StepContext): Applied;
  /** What is answered, once the pass is through. */
  answer(applied: Applied, tx: Tx): z.output<Output>;
  /** Done before the answer goes out. */
  after?(town: Town, input: InputOf<P, Query, Body>): Promise<void> | undefined;
}

/** All that a request carries, as one object: what stands in the path, the query and the body. */
type InputOf<P extends Params, Query extends z.ZodType, Body extends z.ZodType> = ParamsOf<P> &
  z.output<Query> &
  z.output<Body>;

/** Nothing is carried. */
type None = z.ZodType<unknown>;

export const defineCommand = <
  Name extends string,
  Type extends string,
  Output extends z.ZodType,
  Applied,
  P extends Params = Record<never, never>,
  Query extends z.ZodType = None,
  Body extends z.ZodType = None,
>(
  def: CommandDef<Name, Type, P, Query, Body, Output, Applied>,
): CommandDef<Name, Type, P, Query, Body, Output, Applied> => def;
