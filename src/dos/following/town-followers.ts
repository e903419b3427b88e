import { type Changed, changedSince } from "../../db/changes.ts";
import type { Tx } from "../../db/client.ts";
import { type Change, together } from "../../db/noting.ts";
import { readTown } from "../../db/town-row.ts";
import { log } from "../../lib/log.ts";
import { messageOf } from "../../lib/text.ts";
import { iso } from "../../lib/time.ts";
import { readAttentionQuery } from "../../queries/read-attention.ts";
import { readHealthQuery } from "../../queries/read-health.ts";
import { readTownQuery } from "../../queries/read-town.ts";
import type { HostView } from "../../views/host.ts";
import { desiredView } from "../../views/town.ts";
import { systemClock } from "../ports.ts";
import type { Result } from "../result.ts";
import type { ChangeMessage, Snapshot, Wanted } from "./messages.ts";
import {
  concernsHosts,
  concernsTown,
  type Item,
  isAnything,
  itemsNow,
  itemsOf,
  listed,
  liveAttempts,
  readingAt,
} from "./news.ts";
import { type Sockets, TOWN_TAG, Written } from "./sockets.ts";

/** What a town lends to those who follow it. */
export interface Lent {
  read<T>(query: (tx: Tx) => T): Result<T>;
  /** As hosts are shown: what is heard of them stands in no row. Read at once, answered a moment later. */
  hosts(): Promise<readonly HostView[]>;
}

/** What is committed within this time is one message. */
const TOGETHER_MS = 20;
/** Progress of live attempts comes every second, and may be late. */
const PROGRESS_MS = 500;
/** How the town is, and what waits for a person, costs more to say than what has changed. */
const VERDICTS_MS = 1_000;
/** What moves by the clock alone, such as the next wake, is looked at when something ticks, and not more often. */
const VERDICTS_AGAIN_MS = 20_000;

interface Verdicts {
  health: ReturnType<typeof readHealthQuery.read>;
  attention: ReturnType<typeof readAttentionQuery.read>;
}

/** Those who follow a whole town. What is sent is read when it is sent: once for all of them, and never while a pass is under way. */
export class TownFollowers {
  readonly #sockets: Sockets;
  readonly #lent: Lent;
  /** What has changed since the last time that something was sent. */
  #changes: readonly Change[] = [];
  /** Up to here all were told by this incarnation. Null: it has told nobody yet. */
  #toldUpTo: number | null = null;
  /** Null: it has not been looked yet whether there are any. */
  #isFollowed: boolean | null = null;
  #timer: { atMs: number; id: ReturnType<typeof setTimeout> } | null = null;
  #isSending = false;
  #verdictsDue = false;
  #verdictsAtMs = 0;
  /** What was told last of how the town is, without the moment. */
  readonly #told = { health: "", attention: "" };

  constructor(sockets: Sockets, lent: Lent) {
    this.#sockets = sockets;
    this.#lent = lent;
  }

  /** A commit has changed something, or nothing. */
  changed({ changes }: Pick<Changed, "changes">): void {
    this.#isFollowed ??= this.#sockets.of(TOWN_TAG).length > 0;
    if (!this.#isFollowed) return;
    if (changes.length > 0) {
      this.#changes = together(this.#changes, changes);
      this.#verdictsDue = true;
      this.#sendIn(TOGETHER_MS);
    } else if (systemClock.now() - this.#verdictsAtMs > VERDICTS_AGAIN_MS) {
      this.#verdictsDue = true;
      this.#sendIn(VERDICTS_MS);
    }
  }

  /** What live attempts say of themselves is no change of the town's. */
  progressed(fences: readonly number[]): void {
    if (!this.#isFollowed || fences.length === 0) return;
    this.#changes = together(
      this.#changes,
      fences.map((fence) => `attempt ${fence}`),
    );
    this.#sendIn(PROGRESS_MS);
  }

  /**
   * @param after null: all is told first
   * @param untilMs null: for as long as it likes
   */
  async follow(wanted: Wanted, after: number | null, untilMs: number | null): Promise<Result<Response>> {
    const hosts = await this.#lent.hosts();
    const nowMs = systemClock.now();
    const first = this.#lent.read((tx) => {
      const since = after === null ? null : changedSince(tx, after);
      if (since && !isAnything(since.changes)) return changesFor(tx, since, wanted, hosts, nowMs);
      return snapshotOf(tx, wanted, since ? "missed" : "first", hosts, nowMs);
    });
    if (!first.ok) return first;
    this.#isFollowed = true;
    // It may know of something that those before it were never told: so the next change tells all of them how the town is.
    this.#told.health = "";
    this.#told.attention = "";
    const { seq } = first.value;
    const kept = { wanted, fence: null, after: seq, untilMs };
    return { ok: true, value: this.#sockets.accept(TOWN_TAG, kept, [new Written(first.value)]) };
  }

  #sendIn(ms: number): void {
    const atMs = systemClock.now() + ms;
    if (this.#timer && this.#timer.atMs <= atMs) return;
    if (this.#timer) clearTimeout(this.#timer.id);
    const id = setTimeout(() => void this.#send(), ms);
    this.#timer = { atMs, id };
  }

  async #send(): Promise<void> {
    this.#timer = null;
    if (this.#isSending) return this.#sendIn(TOGETHER_MS);
    this.#isSending = true;
    try {
      await this.#sendNow();
    } catch (error) {
      // Each is told what it has missed with the next commit, by where it is.
      this.#toldUpTo = null;
      log("error", `those who follow a town could not be told: ${messageOf(error)}`);
    } finally {
      this.#isSending = false;
    }
  }

  async #sendNow(): Promise<void> {
    const followers = this.#sockets.of(TOWN_TAG);
    this.#isFollowed = followers.length > 0;
    const changes = this.#changes;
    this.#changes = [];
    if (!this.#isFollowed) return;
    const toldUpTo = this.#toldUpTo;
    const isBehind = (after: number) => toldUpTo === null || after < toldUpTo;
    const nowMs = systemClock.now();
    const needsHosts = concernsHosts(changes) || followers.some(({ follower }) => isBehind(follower.after));
    const hosts = needsHosts || isAnything(changes) ? await this.#lent.hosts() : [];
    const verdicts = this.#verdictsNow(nowMs);
    this.#lent.read((tx) => {
      const { ticks: tick } = readTown(tx);
      const news = once((from: number | null): Changed & { items: readonly Item[] } => {
        const since = from === null ? { tick, changes } : changedSince(tx, from);
        return { ...since, items: isAnything(since.changes) ? [] : itemsOf(tx, since.changes, hosts, nowMs) };
      });
      const written = once(({ from, wanted }: { from: number | null; wanted: Wanted }): Written | null => {
        const { changes: since, items } = news(from);
        if (isAnything(since)) return new Written(snapshotOf(tx, wanted, "missed", hosts, nowMs));
        const message = changeOf(tx, tick, since, items, wanted, verdicts, nowMs);
        return saysAnything(message) ? new Written(message) : null;
      });
      for (const { socket, follower } of followers) {
        const from = isBehind(follower.after) ? follower.after : null;
        const message = written({ from, wanted: follower.wanted as Wanted });
        if (message) this.#sockets.send(socket, message);
        else this.#sockets.passedOver(socket, tick);
      }
      this.#toldUpTo = tick;
    });
  }

  /** What differs from what was told last; nothing, where that was only just said. */
  #verdictsNow(nowMs: number): Partial<Verdicts> {
    if (!this.#verdictsDue) return {};
    const waitMs = this.#verdictsAtMs + VERDICTS_MS - nowMs;
    if (waitMs > 0 && waitMs <= VERDICTS_MS) {
      this.#sendIn(waitMs);
      return {};
    }
    this.#verdictsDue = false;
    this.#verdictsAtMs = nowMs;
    const read = this.#lent.read((tx) => verdictsAt(tx, nowMs));
    if (!read.ok) return {};
    const { health, attention } = read.value;
    const { computedAt: _, ...lasting } = health;
    return {
      ...(this.#differs("health", lasting) && { health }),
      ...(this.#differs("attention", attention) && { attention }),
    };
  }

  #differs(what: "health" | "attention", value: object): boolean {
    const text = JSON.stringify(value);
    const differs = this.#told[what] !== text;
    this.#told[what] = text;
    return differs;
  }
}

function verdictsAt(tx: Tx, nowMs: number): Verdicts {
  const ctx = readingAt(nowMs);
  return { health: readHealthQuery.read(tx, {}, ctx), attention: readAttentionQuery.read(tx, {}, ctx) };
}

const wantedOf = ({ health, attention }: Partial<Verdicts>, { kinds }: Wanted) => ({
  ...(health && kinds.includes("health") && { health }),
  ...(attention && kinds.includes("attention") && { attention }),
});

/** Who comes back is told how the town is too, and what lives: what it was told of that is not known. */
function changesFor(
  tx: Tx,
  { tick, changes }: Changed,
  wanted: Wanted,
  hosts: readonly HostView[],
  nowMs: number,
): ChangeMessage {
  const known = new Set(changes);
  const live = liveAttempts(tx).filter(({ id }) => !known.has(`attempt ${id}`));
  const items = [...itemsOf(tx, changes, hosts, nowMs), ...live];
  return changeOf(tx, tick, changes, items, wanted, verdictsAt(tx, nowMs), nowMs);
}

function snapshotOf(tx: Tx, wanted: Wanted, why: Snapshot["why"], hosts: readonly HostView[], nowMs: number): Snapshot {
  const { items, more } = itemsNow(tx, wanted, hosts, nowMs);
  return {
    ...{ type: "snapshot", seq: readTown(tx).ticks, at: iso(nowMs), why, more },
    ...(wanted.kinds.includes("town") && { town: readTownQuery.read(tx, {}, readingAt(nowMs)) }),
    ...wantedOf(verdictsAt(tx, nowMs), wanted),
    ...listed(items, wanted, true),
  };
}

const changeOf = (
  tx: Tx,
  seq: number,
  changes: readonly Change[],
  items: readonly Item[],
  wanted: Wanted,
  verdicts: Partial<Verdicts>,
  nowMs: number,
): ChangeMessage => ({
  ...{ type: "change", seq, at: iso(nowMs) },
  ...(wanted.kinds.includes("town") && concernsTown(changes) && { town: desiredView(readTown(tx)) }),
  ...wantedOf(verdicts, wanted),
  ...listed(items, wanted, false),
});

/** Made once for all that ask for the same. */
function once<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<string, Value>();
  return (key) => {
    const name = JSON.stringify(key);
    if (!made.has(name)) made.set(name, make(key));
    return made.get(name) as Value;
  };
}

/** Nobody is told that nothing has changed, but the one that has just come back. */
const saysAnything = ({ type: _, seq: __, at: ___, ...rest }: ChangeMessage): boolean => Object.keys(rest).length > 0;
