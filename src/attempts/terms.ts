/** What an attempt's host was told when it was first asked. Both sides go by it until the attempt is over, also where the settings change. */
import { eq } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type Attempt, attempts } from "../db/schema.ts";
import { prepared, slot } from "../db/statements.ts";
import type { Settings } from "../lib/settings.ts";

/** Milliseconds: the host ends the attempt after so much silence, reports so often, and lets its run or gate take so long. */
export interface Terms {
  leaseMs: number;
  heartbeatMs: number;
  limitMs: number;
}

export const termsNow = ({ leaseMs, heartbeatMs }: Settings, limitMs: number): Terms => ({
  leaseMs,
  heartbeatMs,
  limitMs,
});

/** By the settings only where an older version of the town did not write it down. */
export const leaseOf = ({ leaseMs }: Pick<Attempt, "leaseMs">, settings: Settings): number =>
  leaseMs ?? settings.leaseMs;

const asAsked = prepared((tx) =>
  tx
    .select({
      hostId: attempts.hostId,
      leaseMs: attempts.leaseMs,
      heartbeatMs: attempts.heartbeatMs,
      limitMs: attempts.limitMs,
      branch: attempts.branch,
    })
    .from(attempts)
    .where(eq(attempts.fence, slot("fence")))
    .prepare(),
);

/** Whom to ask again, and on what terms. @param limitMs for a row that has none */
export function askedBefore(
  tx: Tx,
  fence: number,
  settings: Settings,
  limitMs: number,
): { hostId: string | null; branch: string | null; terms: Terms } {
  const asked = asAsked(tx).get({ fence });
  return {
    hostId: asked?.hostId ?? null,
    branch: asked?.branch ?? null,
    terms: {
      leaseMs: asked?.leaseMs ?? settings.leaseMs,
      heartbeatMs: asked?.heartbeatMs ?? settings.heartbeatMs,
      limitMs: asked?.limitMs ?? limitMs,
    },
  };
}
