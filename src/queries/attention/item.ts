/** What an item of `attention` is made of, and what each kind is asked with. */
import { type SQLWrapper, sql } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import type { Failure, TownRow } from "../../db/schema.ts";
import { clip, oneLine, quoted } from "../../lib/text.ts";
import type { AttentionItemView } from "../../views/attention.ts";

/** `critical`: a town, a rig, a host or a provider stands. `warning`: one bead, agent, event or webhook. `notice`: nothing waits for it. */
export type Severity = AttentionItemView["severity"];
/** A request as it is to be sent. */
export type Verb = NonNullable<AttentionItemView["verb"]>;
export type Target = AttentionItemView["target"];

/** What a kind finds: one trouble of one target, as it is now. */
export interface Finding {
  target: Target;
  /** Tells this trouble from an earlier one of the same target, where that is another; left out: the target does. */
  mark?: number;
  /** Where it is another than its kind's. */
  severity?: Severity;
  sinceMs: number;
  /** How often it came to nothing so far. */
  times: number;
  /** What the town goes on with by itself, and so what a pause keeps; left out: nothing of it. */
  tried?: Tried;
  what: string;
  /** What the town does until then. */
  meanwhile: string;
  /** When it looks, or tries, by itself; null: it does not. */
  nextMs: number | null;
  /** What a person has to do before the verb is of use; null: nothing. */
  hint: string | null;
  evidence: Record<string, unknown>;
  /** Null: no request mends it, the hint does. */
  verb: Verb | null;
}

export interface Tried {
  /** A town that drains begins no runs, and lands. */
  as: "run" | "landing";
  /** A paused rig or agent keeps only what is its own. */
  rig?: string;
  agent?: string;
}

export interface Look {
  tx: Tx;
  nowMs: number;
  town: TownRow;
  /** The town's path, as requests begin. */
  path: string;
  /** Whether an item of an earlier kind is about this already: then what comes of it is no item of its own. */
  isTold(type: Target["type"], id: string): boolean;
}

export interface Kind {
  severity: Severity;
  /** What it says of meanwhile is so in a paused town too. */
  holdsInPause?: true;
  /** The newest trouble first, no more than are wanted. */
  find(look: Look): Finding[];
  /** How many there are, where there may be more than are found. */
  count?(look: Look): number;
}

/** Three lines of a terminal. */
const WHAT_CHARS = 360;

export const brief = (text: string): string => clip(oneLine(text).trim(), WHAT_CHARS);
export const said = ({ message }: Pick<Failure, "message">): string => quoted(message);

export const post = (path: string, body: Verb["body"] = null): Verb => ({ method: "POST", path, body });
export const patch = (path: string, body: Record<string, unknown>): Verb => ({ method: "PATCH", path, body });

/** How many of each kind are shown, the newest first. */
export const SHOWN = 50;
/** By one more than are shown it is known that there are more. */
export const WANTED = SHOWN + 1;

/** Enough to know that it is many. */
export const COUNTED = 1_000;

/** @param rows a query that ends at `COUNTED` of them */
export const countOf = (tx: Tx, rows: SQLWrapper): number =>
  tx.get<{ n: number }>(sql`SELECT count(*) AS n FROM ${rows}`)?.n ?? 0;
