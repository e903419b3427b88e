/**
 * Towns whose storage has failed, as this isolate saw it. It stands in no row, since rows are what can't be had: an object
 * whose write fails is ended by the platform, and the next one knows nothing of that.
 */
import type { Env } from "../dos/env.ts";
import { Refusal } from "../lib/guard.ts";
import { type StorageTrouble, storageTroubleOf } from "../lib/storage-trouble.ts";
import type { QueryName } from "../queries/index.ts";
import { unwrap } from "./problem.ts";

const failing = new Map<string, number>();
const MOST_REMEMBERED = 1_000;

/** What an error of a town's says of its storage. Null: nothing. */
export function noticeStorage(path: string, error: unknown): StorageTrouble | null {
  const trouble = storageTroubleOf(error);
  const town = /^\/v1\/towns\/([^/]+)/.exec(path)?.[1];
  if (trouble && town && !failing.has(town) && failing.size < MOST_REMEMBERED) failing.set(town, Date.now());
  return trouble;
}

/** A query, with what it answers from memory where rows can't be had. */
export interface Question {
  name: QueryName;
  failing?(trouble: StorageTrouble, sinceMs: number, nowMs: number): unknown;
}

/** A town that was seen failing first proves that it writes again, where the query can do without. @throws Refusal */
export async function askTown(
  { TOWN: towns }: Env,
  town: string,
  { name, failing: remembered }: Question,
  input: object,
) {
  try {
    const answer = unwrap(
      await towns.getByName(town).query(name, input, remembered !== undefined && failing.has(town)),
    );
    if (remembered) failing.delete(town);
    return answer;
  } catch (error) {
    const trouble = error instanceof Refusal || !remembered ? null : noticeStorage(`/v1/towns/${town}`, error);
    if (!trouble || !remembered) throw error;
    const nowMs = Date.now();
    return remembered(trouble, failing.get(town) ?? nowMs, nowMs);
  }
}
