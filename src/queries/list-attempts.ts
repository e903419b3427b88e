import { and, desc, eq, lt } from "drizzle-orm";
import { z } from "zod";
import type { Tx } from "../db/client.ts";
import type { Page } from "../db/page.ts";
import { type Attempt, attempts } from "../db/schema.ts";
import { slug } from "../protocol/common.ts";
import { attemptSchema, attemptView } from "../views/attempt.ts";
import { defineQuery } from "./define.ts";
import { page, paged, pageOf } from "./page.ts";

export const listAttemptsQuery = defineQuery({
  name: "list-attempts",
  path: "/attempts",
  scope: "beads:read",
  summary: "Lists attempts, the newest first: of one bead, or of all.",
  query: z.strictObject({ bead: slug.optional(), ...page }),
  output: pageOf(attemptSchema),
  read: (tx, { cursor, ...query }) =>
    paged(listAttempts(tx, { ...query, before: cursor }), query.limit, attemptView, ({ fence }) => fence),
});

export const listAttempts = (tx: Tx, { bead, limit, before }: Page & { bead?: string | undefined }): Attempt[] =>
  tx
    .select()
    .from(attempts)
    .where(
      and(
        bead === undefined ? undefined : eq(attempts.beadId, bead),
        before === undefined ? undefined : lt(attempts.fence, before),
      ),
    )
    .orderBy(desc(attempts.fence))
    .limit(limit)
    .all();
