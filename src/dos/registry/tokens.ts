import type { Actor } from "../../lib/origin.ts";
import type { Scope } from "../../lib/scopes.ts";
import { type Result, refused } from "../result.ts";

/** When a token was used is written down once in so long. */
const USED_EVERY_MS = 5 * 60_000;

/** One that is over is listed for so long. */
const LISTED_MS = 30 * 86_400_000;

/** With each that is made, so many go that are over. */
const PRUNED = 20;

export interface Token {
  seq: number;
  id: string;
  name: string;
  /** `["*"]`: all. */
  towns: string[];
  scopes: Scope[];
  createdAtMs: number;
  createdBy: Actor;
  expiresAtMs: number;
  lastUsedAtMs: number | null;
  revokedAtMs: number | null;
}

export interface NewToken extends Pick<Token, "id" | "name" | "towns" | "scopes" | "createdBy" | "expiresAtMs"> {
  hash: string;
  /** Of a request that may be sent again: what tells it from another. */
  print: string | null;
}

type Row = {
  seq: number;
  id: string;
  name: string;
  towns: string;
  scopes: string;
  hash: string;
  former_hash: string | null;
  former_until_ms: number | null;
  print: string | null;
  created_at_ms: number;
  created_by: string;
  expires_at_ms: number;
  last_used_at_ms: number | null;
  revoked_at_ms: number | null;
};

/** Tokens of people and programs. Of the secrets it has hashes alone. */
export class Tokens {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  make(given: NewToken, nowMs: number): Result<Token> {
    const before = this.#row(given.id);
    if (before && before.hash === given.hash && before.print === given.print)
      return { ok: true, value: tokenOf(before) };
    if (before)
      return refused(
        422,
        "key_reused",
        "This Idempotency-Key came with another request before.",
        "Give each request a key of its own; the same key is for the same request, sent again.",
      );
    this.#sql.exec(
      `DELETE FROM tokens WHERE seq IN
         (SELECT seq FROM tokens WHERE coalesce(revoked_at_ms, expires_at_ms) < ? ORDER BY seq LIMIT ?)`,
      nowMs - LISTED_MS,
      PRUNED,
    );
    const { id, name, towns, scopes, hash, print, createdBy, expiresAtMs } = given;
    this.#sql.exec(
      `INSERT INTO tokens (id, name, towns, scopes, hash, print, created_at_ms, created_by, expires_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[id, name, JSON.stringify(towns), JSON.stringify(scopes), hash, print, nowMs, JSON.stringify(createdBy)],
      expiresAtMs,
    );
    return this.#found(id);
  }

  /** The newest first. */
  list(limit: number, before: number | undefined): Token[] {
    return this.#sql
      .exec<Row>(
        "SELECT * FROM tokens WHERE seq < ? ORDER BY seq DESC LIMIT ?",
        before ?? Number.MAX_SAFE_INTEGER,
        limit,
      )
      .toArray()
      .map(tokenOf);
  }

  one(id: string): Token | null {
    const row = this.#row(id);
    return row && tokenOf(row);
  }

  /** It is worth nothing from now on. Revoked twice, it was revoked the first time. */
  revoke(id: string, nowMs: number): Token | null {
    this.#sql.exec(
      "UPDATE tokens SET revoked_at_ms = coalesce(revoked_at_ms, ?), former_hash = NULL WHERE id = ?",
      nowMs,
      id,
    );
    return this.one(id);
  }

  /** Another secret; the one before it is taken for a while. Null: there is none, or it was revoked. */
  rotate(id: string, to: { hash: string; formerUntilMs: number; expiresAtMs: number }): Token | null {
    const row = this.#row(id);
    if (!row || row.revoked_at_ms !== null) return null;
    if (row.hash !== to.hash)
      this.#sql.exec(
        "UPDATE tokens SET hash = ?, former_hash = ?, former_until_ms = ?, expires_at_ms = ? WHERE id = ?",
        ...[to.hash, row.hash, Math.min(to.formerUntilMs, row.expires_at_ms), to.expiresAtMs, id],
      );
    return this.one(id);
  }

  /** Whose secret this is. Null: nobody's. */
  verify(id: string, hash: string, nowMs: number): Token | null {
    const row = this.#row(id);
    if (!row) return null;
    const isFormer = hash === row.former_hash && nowMs < (row.former_until_ms ?? 0);
    if (hash !== row.hash && !isFormer) return null;
    const isGood = row.revoked_at_ms === null && nowMs < row.expires_at_ms;
    if (isGood && nowMs - (row.last_used_at_ms ?? 0) >= USED_EVERY_MS)
      this.#sql.exec("UPDATE tokens SET last_used_at_ms = ? WHERE id = ?", nowMs, id);
    return tokenOf(row);
  }

  #found(id: string): Result<Token> {
    const token = this.one(id);
    return token
      ? { ok: true, value: token }
      : refused(404, "token_not_found", "There is no such token.", "GET /v1/tokens lists them.");
  }

  #row(id: string): Row | null {
    return this.#sql.exec<Row>("SELECT * FROM tokens WHERE id = ?", id).toArray()[0] ?? null;
  }
}

const tokenOf = (row: Row): Token => ({
  seq: row.seq,
  id: row.id,
  name: row.name,
  towns: JSON.parse(row.towns),
  scopes: JSON.parse(row.scopes),
  createdAtMs: row.created_at_ms,
  createdBy: JSON.parse(row.created_by),
  expiresAtMs: row.expires_at_ms,
  lastUsedAtMs: row.last_used_at_ms,
  revokedAtMs: row.revoked_at_ms,
});
