import type { z } from "zod";
import type { Tx } from "../db/client.ts";
import type { StepContext } from "../db/step.ts";
import type { Operation, Params, ParamsOf } from "../lib/operation.ts";
import type { Origin } from "../lib/origin.ts";
import type { PreflightCheck } from "../protocol/preflight.ts";
import type { LookRequest, RigLook } from "../protocol/rig-look.ts";

/** An attempt that is about to begin on its host. */
export interface OrderOnItsWay {
  host: string | null;
  bead: string;
  /** Null: a landing. */
  agent: string | null;
  rig: { id: string };
}

/** What a command can do beside its transaction. */
export interface Town {
  nowMs: number;
  /** @throws Refusal */
  read<T>(query: (tx: Tx) => T): T;
  /** Has the host that would get the next run look what is at a rig's URL. */
  look(rig: LookRequest["rig"], begin: boolean): Promise<RigLook>;
  /** Has it look whether an agent could work. Null: no host could be asked. */
  preflight(agent: string, call: boolean): Promise<{ of: string; checks: PreflightCheck[] | null }>;
  /** The same, as a command of its own, once this one is answered. */
  preflightLater(agent: string): void;
  /** Resolves when no start or landing of these is on its way to a host any more; it waits for some seconds at most. */
  startsArrived(of: (order: OrderOnItsWay) => boolean): Promise<void>;
  /** Whether webhooks may lead into networks of one's own: on an operator's own machine alone, and only if they say so. */
  sendsToPrivate: boolean;
  /** Ends the connection of a host that has joined. */
  hangUp(host: string, why: string, code?: number): void;
}

/** What comes with a command, and is not said by its operator. */
export interface Meta {
  /** Of the token that the Worker made, where the command invites a host. */
  tokenHash?: string;
  /** Which the Worker made, where the command takes one. */
  webhookSecret?: string;
  /** Who asks, and how it came. Left out: it did not come by the Worker. */
  origin?: Origin;
  /** It may come twice, and is done once. */
  once?: Once;
  /** Versions of the thing that it changes: it is done only if one of these is what stands there. */
  ifMatch?: readonly string[];
}

/** What tells a command that is sent again from another. */
export interface Once {
  /** Who asks, and the key that stands in the request. */
  key: string;
  /** SHA-256 of what is asked for. */
  print: string;
}

/** What the Worker adds to the answer of a command that invites a host: told this once. */
export interface Invitation {
  token: string;
  /** Where the host joins with it. */
  join: string;
}

/** The same of one that makes a webhook's secret. */
interface NewSecret {
  secret: string;
}

/** Without what the Worker adds. */
type Answer<Output extends z.ZodType> =
  z.output<Output> extends Invitation
    ? Omit<z.output<Output>, keyof Invitation>
    : z.output<Output> extends NewSecret
      ? Omit<z.output<Output>, keyof NewSecret>
      : z.output<Output>;

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
  Found,
  Applied,
> extends Operation {
  name: Name;
  method: "POST" | "PATCH" | "DELETE";
  /** What the history of ticks calls it. It is public: it never changes. */
  type: Type;
  /** It brings more to do, or only looks: what is over after its pass was not ended by its operator. */
  mendsNothing?: true;
  params?: P;
  query?: Query;
  body?: Body;
  output: Output;
  /** Where what was made is found, below the path: its id. */
  location?(answer: Answer<Output>): string;
  /** The host for which a token is made in the Worker. */
  invites?(input: InputOf<P, Query, Body>): string;
  /** A webhook's secret is made for it in the Worker. */
  makesSecret?: true;
  /** What must be found out first, such as what a host sees. It writes nothing; its answer is put to the input. */
  before?(town: Town, input: InputOf<P, Query, Body>, meta: Meta): Found | Promise<Found>;
  /** Writes what follows from it, in a savepoint of its own. Throws `Refusal` for what can't be. */
  apply(tx: Tx, input: InputOf<P, Query, Body> & Found, ctx: StepContext): Applied;
  /** What is answered, once the pass is through. */
  answer(applied: Applied, tx: Tx, input: InputOf<P, Query, Body> & Found): Answer<Output>;
  /** Done before the answer goes out. */
  after?(
    town: Town,
    input: InputOf<P, Query, Body> & Found,
    answer: Answer<Output>,
    // biome-ignore lint/suspicious/noConfusingVoidType: most have nothing to wait for
  ): Promise<void> | undefined | void;
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
  Found = unknown,
>(
  def: CommandDef<Name, Type, P, Query, Body, Output, Found, Applied>,
): CommandDef<Name, Type, P, Query, Body, Output, Found, Applied> => def;

/** For `before` of a command that invites a host. */
export function invitation(_: Town, __: unknown, { tokenHash }: Meta): { tokenHash: string } {
  if (!tokenHash) throw new Error("no token was made");
  return { tokenHash };
}
