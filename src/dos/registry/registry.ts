import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import type { RegistryObject } from "../objects.ts";
import { systemClock } from "../ports.ts";
import type { Result } from "../result.ts";
import { KEPT_MS } from "../town-end.ts";
import { prepareTables } from "./tables.ts";
import { type NewToken, type Token, Tokens } from "./tokens.ts";
import { type ListedTown, type Listing, Towns } from "./towns.ts";

/** Which towns there are, and who may ask them what. One for a deployment; no town needs it to work. */
export class Registry extends DurableObject<Env> implements RegistryObject {
  readonly #tokens: Tokens;
  readonly #towns: Towns;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    prepareTables(ctx.storage);
    this.#tokens = new Tokens(ctx.storage.sql);
    this.#towns = new Towns(ctx.storage.sql);
  }

  enlist(town: string, createdAtMs: number | null): void {
    this.#towns.add(town, createdAtMs);
  }

  strike(town: string, removedAtMs: number | null): void {
    this.#towns.remove(town, removedAtMs);
  }

  listTowns(which: Listing): ListedTown[] {
    if (which.removed) this.#towns.forget(systemClock.now() - KEPT_MS);
    return this.#towns.list(which);
  }

  makeToken(given: NewToken): Result<Token> {
    return this.#tokens.make(given, systemClock.now());
  }

  listTokens(limit: number, before: number | undefined): Token[] {
    return this.#tokens.list(limit, before);
  }

  readToken(id: string): Token | null {
    return this.#tokens.one(id);
  }

  revokeToken(id: string): Token | null {
    return this.#tokens.revoke(id, systemClock.now());
  }

  rotateToken(id: string, to: { hash: string; formerUntilMs: number; expiresAtMs: number }): Token | null {
    return this.#tokens.rotate(id, to);
  }

  verifyToken(id: string, hash: string): Token | null {
    return this.#tokens.verify(id, hash, systemClock.now());
  }
}
