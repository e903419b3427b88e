/** Lists go out by page, the newest first. */
import { z } from "zod";

const MOST = 200;
const USUAL = 50;
const TAKEN = `must be a whole number from 1 to ${MOST}`;
const limit = z.coerce.number(TAKEN).int(TAKEN).min(1, TAKEN).max(MOST, TAKEN).default(USUAL);

/** What stands behind each cursor once it has gone out: of which list it is (`api/cursors.ts`). */
export const LIST_MARK = "\\.[0-9a-z]{1,12}";
export const NO_CURSOR = "must be the nextCursor of the page before";

/** Opaque to callers: where the last page ended. */
const cursor = z
  .string()
  .regex(new RegExp(`^c[0-9a-z]{1,12}${LIST_MARK}$`), NO_CURSOR)
  .transform((text) => Number.parseInt(text.slice(1), 36))
  .optional();

export const cursorOf = (place: number): string => `c${place.toString(36)}`;

/** What every query of a list takes. */
export const page = { limit, cursor };

/** What every query of a list answers. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    /** Null: this was the last page. */
    nextCursor: z.string().nullable(),
  });

/** @param placeOf where a row stands in the order of its list */
export function paged<Row, View>(
  rows: readonly Row[],
  size: number,
  view: (row: Row) => View,
  placeOf: (row: Row) => number,
): { items: View[]; nextCursor: string | null } {
  const last = rows.length === size ? rows.at(-1) : undefined;
  return { items: rows.map(view), nextCursor: last ? cursorOf(placeOf(last)) : null };
}
