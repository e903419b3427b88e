import type { z } from "zod";
import type { Tx } from "../db/client.ts";
import type { JoinedHost } from "../db/schema.ts";
import type { Operation, Params, ParamsOf } from "../lib/operation.ts";
import type { StorageTrouble } from "../lib/storage-trouble.ts";
import type { DiffOrder } from "../ports/ports.ts";
import type { Changes } from "../protocol/diff.ts";
import type { InFlight } from "../reconciler/in-flight.ts";
import type { Heard } from "../views/host.ts";

/** What a query may know besides rows. */
export interface ReadContext {
  nowMs: number;
  random: () => number;
  /** What is being asked of hosts now. */
  inFlight: InFlight;
  /** What is known of a host that stands in no row. */
  heardOf(host: JoinedHost): Heard;
}

/**
 * What an operator asks to see. It reads rows, and writes none.
 *
 * To add one: a file here that is called like it, one line in `index.ts`, and `npm run api` for the docs. What it answers is
 * described by a schema in `src/views/`, beside the function that makes it of rows. One that answers a text says its `outputType`.
 */
export interface QueryDef<Name extends string, P extends Params, Query extends z.ZodType, Output extends z.ZodType>
  extends Operation {
  name: Name;
  method: "GET";
  params?: P;
  query?: Query;
  output: Output;
  read(tx: Tx, input: QueryInput<P, Query>, ctx: ReadContext): z.output<Output>;
  /** What is answered while rows can't be had, from what is remembered of it. Left out: the request is refused. */
  failing?(trouble: StorageTrouble, sinceMs: number, nowMs: number): z.output<Output>;
}

/** All that a request carries, as one object: what stands in the path and in the query. */
type QueryInput<P extends Params, Query extends z.ZodType> = ParamsOf<P> & z.output<Query>;

export const defineQuery = <
  Name extends string,
  Output extends z.ZodType,
  P extends Params = Record<never, never>,
  Query extends z.ZodType = z.ZodType<unknown>,
>(
  def: Omit<QueryDef<Name, P, Query, Output>, "method">,
): QueryDef<Name, P, Query, Output> => ({ ...def, method: "GET" });

/** Hosts, as a query asks them: what takes too long rejects. */
export interface AskedHosts {
  /** @throws DeadlineError, and as the port does */
  diff(order: DiffOrder): Promise<Changes>;
}

/**
 * A query whose answer lies on a host. `read` says, by rows, what is asked; `ask` asks it, outside of every transaction, and writes
 * nothing either. It costs a town that sleeps what `read` reads, and starts no container.
 */
interface HostQueryDef<Name extends string, P extends Params, Query extends z.ZodType, Output extends z.ZodType, Asked>
  extends Omit<QueryDef<Name, P, Query, Output>, "read" | "failing"> {
  read(tx: Tx, input: QueryInput<P, Query>, ctx: ReadContext): Asked;
  /** @throws Refusal for all that a host may do instead of answering */
  ask(asked: Asked, hosts: AskedHosts): Promise<z.output<Output>>;
}

export const defineHostQuery = <
  Name extends string,
  Output extends z.ZodType,
  Asked,
  P extends Params = Record<never, never>,
  Query extends z.ZodType = z.ZodType<unknown>,
>(
  def: Omit<HostQueryDef<Name, P, Query, Output, Asked>, "method">,
): HostQueryDef<Name, P, Query, Output, Asked> => ({ ...def, method: "GET" });
