import { z } from "zod";
import { type Place, readTimeline } from "../beads/timeline.ts";
import { slug } from "../protocol/common.ts";
import { momentSchema, momentView } from "../views/timeline.ts";
import { defineQuery } from "./define.ts";
import { LIST_MARK, NO_CURSOR, page, pageOf } from "./page.ts";

/** Two places, and what is still to be told; as opaque to callers as any other cursor. */
const place = z
  .string()
  .regex(new RegExp(`^t[0-9a-z]{1,12}-[0-9a-z]{1,12}-(?:x|-?[0-9a-z]{1,12})${LIST_MARK}$`), NO_CURSOR)
  .transform((text): Place => {
    const [, step, note, over] = /^t(\w+)-(\w+)-(.+)\./.exec(text) as unknown as [string, string, string, string];
    return {
      step: Number.parseInt(step, 36),
      note: Number.parseInt(note, 36),
      over: over === "x" ? null : Number.parseInt(over, 36),
    };
  })
  .optional();

const cursorOf = ({ step, note, over }: Place): string =>
  `t${step.toString(36)}-${note.toString(36)}-${over === null ? "x" : over.toString(36)}`;

export const readBeadTimelineQuery = defineQuery({
  name: "read-bead-timeline",
  path: "/beads/{bead}/timeline",
  scope: "beads:read",
  summary: "Shows what happened to a bead, the newest first.",
  params: { bead: slug },
  query: z.strictObject({ limit: page.limit, cursor: place }),
  output: pageOf(momentSchema),
  read(tx, { bead, limit, cursor }) {
    const { moments, next } = readTimeline(tx, bead, limit, cursor);
    return { items: moments.map(momentView), nextCursor: next && cursorOf(next) };
  },
});
