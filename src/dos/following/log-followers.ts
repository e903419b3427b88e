import { and, asc, eq, gt } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import type { Change } from "../../db/noting.ts";
import { type Attempt, attemptLogs, attempts } from "../../db/schema.ts";
import { iso } from "../../lib/time.ts";
import { existingAttempt } from "../../queries/read-attempt.ts";
import type { Result } from "../result.ts";
import { logTag, type Sockets, Written } from "./sockets.ts";
import type { Lent } from "./town-followers.ts";

/** A run has said its last: no more of it is printed. */
const ENDED = 1000;

/** Those who read what an attempt prints, as it comes. */
export class LogFollowers {
  readonly #sockets: Sockets;
  readonly #lent: Pick<Lent, "read">;

  constructor(sockets: Sockets, lent: Pick<Lent, "read">) {
    this.#sockets = sockets;
    this.#lent = lent;
  }

  follow(fence: number, after: number, untilMs: number | null): Result<Response> {
    const first = this.#lent.read((tx) => ({
      attempt: existingAttempt(tx, fence),
      messages: piecesAfter(tx, fence, after),
    }));
    if (!first.ok) return first;
    const { attempt, messages } = first.value;
    if (messages.length >= KEPT) messages.unshift(new Written({ type: "gap", seq: after }));
    const response = this.#sockets.accept(logTag(fence), { wanted: null, fence, after, untilMs }, messages);
    if (attempt.endedAtMs !== null) this.#end(attempt);
    return { ok: true, value: response };
  }

  /** Something was printed by these. */
  printed(fences: readonly number[]): void {
    for (const fence of fences) this.#sendNew(fence);
  }

  changed(changes: readonly Change[]): void {
    for (const change of changes) {
      const fence = /^attempt (\d+)$/.exec(change)?.[1];
      if (fence === undefined || this.#sockets.of(logTag(Number(fence))).length === 0) continue;
      const attempt = this.#lent.read((tx) =>
        tx
          .select()
          .from(attempts)
          .where(eq(attempts.fence, Number(fence)))
          .get(),
      );
      if (attempt.ok && attempt.value?.endedAtMs) this.#end(attempt.value);
    }
  }

  #sendNew(fence: number): void {
    const followers = this.#sockets.of(logTag(fence));
    if (followers.length === 0) return;
    const least = Math.min(...followers.map(({ follower }) => follower.after));
    const pieces = this.#lent.read((tx) => piecesAfter(tx, fence, least));
    if (!pieces.ok) return;
    for (const { socket, follower } of followers)
      for (const piece of pieces.value) if (piece.seq > follower.after) this.#sockets.send(socket, piece);
  }

  #end({ fence, state }: Attempt): void {
    this.#sendNew(fence);
    for (const { socket, follower } of this.#sockets.of(logTag(fence))) {
      this.#sockets.send(socket, new Written({ type: "end", seq: follower.after, state }));
      socket.close(ENDED, "the attempt has ended");
    }
  }
}

/** As many are kept: where all of them are new, there may have been more. */
const KEPT = 40;

function piecesAfter(tx: Tx, fence: number, after: number): Written[] {
  const pieces = tx
    .select({ seq: attemptLogs.seq, atMs: attemptLogs.atMs, text: attemptLogs.text })
    .from(attemptLogs)
    .where(and(eq(attemptLogs.fence, fence), gt(attemptLogs.seq, after)))
    .orderBy(asc(attemptLogs.seq))
    .all();
  return pieces.map(({ seq, atMs, text }) => new Written({ type: "log", seq, at: iso(atMs), text }));
}
