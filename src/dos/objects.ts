/** What each object can be asked by RPC. The bindings name these and not the classes, which themselves need the bindings. */
import type { Meta, Once } from "../commands/define.ts";
import type { CommandName } from "../commands/index.ts";
import type { WebhookOrder, WebhookReply } from "../ports/ports.ts";
import type { ReportsRequest, Verdict } from "../protocol/reports.ts";
import type { QueryName } from "../queries/index.ts";
import type { Watched, WatchMode } from "../reconciler/watch.ts";
import type { Trouble } from "./lookout.ts";
import type { NewToken, Token } from "./registry/tokens.ts";
import type { ListedTown, Listing } from "./registry/towns.ts";
import type { Result } from "./result.ts";

export interface TownObject extends Rpc.DurableObjectBranded {
  /** @param input as the door has read it */
  execute(name: CommandName, input: unknown, meta?: Meta): Promise<Result<unknown>>;
  /**
   * @param input as the door has read it
   * @param proves first, that what is written stays: then the answer is no memory of a failure that is over
   */
  query(name: QueryName, input: unknown, proves?: boolean): Promise<Result<unknown>>;
  /** Looks at everything again, now: what a person does who does not trust the clockwork. */
  reconcile(once?: Once): Promise<Result<unknown>>;
  /** What was first told to a request that may come twice: this, if it has not come before. */
  toldOnce(once: Once, value: unknown): Promise<Result<unknown>>;
  /** The town is no more, unless something of it may still run. It can be had back for a while, if it does not go for ever. */
  remove(forever: boolean): Promise<Result<unknown>>;
  restore(once?: Once): Promise<Result<unknown>>;
  /** A run's reports, in order; a verdict for each. What can't be applied now is kept and never asked for again. */
  report(request: ReportsRequest): Promise<Result<{ seq: number; verdict: Verdict }[]>>;
  /** A host asks of its run's bead. Closed or cancelled, or gone since: nothing is started for it unless an operator says so. */
  isBeadOver(id: string): Result<boolean>;
  /** The watchtower looks, and pokes. Null: there is no such town. */
  watched(mode: WatchMode): Watched | null;
  /** The watchtower's last resort. Everything is in rows, so the next incarnation goes on where this one hangs. */
  restart(): void;
  /** For tests: resolves when no effect is in flight. */
  quiet(): Promise<void>;
}

/** Which towns there are, and who may ask them what. */
export interface RegistryObject extends Rpc.DurableObjectBranded {
  /** @param createdAtMs null: it was met, and may be old */
  enlist(town: string, createdAtMs: number | null): void;
  /** @param removedAtMs null: it is gone for good */
  strike(town: string, removedAtMs: number | null): void;
  /** By name. */
  listTowns(which: Listing): ListedTown[];
  makeToken(given: NewToken): Result<Token>;
  /** The newest first. */
  listTokens(limit: number, before: number | undefined): Token[];
  readToken(id: string): Token | null;
  revokeToken(id: string): Token | null;
  /** Null: there is none, or it was revoked. */
  rotateToken(id: string, to: { hash: string; formerUntilMs: number; expiresAtMs: number }): Token | null;
  /** Whose secret this is, also if it is over. Null: nobody's. */
  verifyToken(id: string, hash: string): Token | null;
}

/** Tells one webhook of one town. */
export interface CourierObject extends Rpc.DurableObjectBranded {
  tell(order: WebhookOrder): Promise<WebhookReply>;
}

export interface WatchtowerObject extends Rpc.DurableObjectBranded {
  /** A town says when it wakes next. */
  expect(town: string, atMs: number): Promise<void>;
  watch(): Promise<void>;
  troubles(): Trouble[];
}
