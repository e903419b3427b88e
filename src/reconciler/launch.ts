/** An effect about to run: everything it needs, read in the transaction that claims it. */
import type { EffectDef } from "../actions/define.ts";
import type { StepContext } from "../db/attempts/context.ts";
import type { Tx } from "../db/client.ts";
import { DEAD_MAN_GRACE_MS } from "./limits.ts";

export interface Launch {
  id: number;
  action: string;
  fence: number;
  input: unknown;
  deadlineMs: number;
  /** Its due time from now on: when to run it again should its runner die. */
  deadManMs: number;
}

/**
 * @param known the input, where whoever claims has it at hand
 * @throws Stale if the claim behind it was superseded
 */
export function launchOf(
  tx: Tx,
  { prepare, deadlineMs: within }: EffectDef<unknown, unknown>,
  { payload, ...row }: { id: number; action: string; fence: number; payload: unknown },
  ctx: StepContext,
  known?: () => unknown,
): Launch {
  const deadlineMs = within(ctx);
  const input = known ? known() : prepare(tx, payload, row.fence, ctx);
  return { ...row, input, deadlineMs, deadManMs: ctx.nowMs + deadlineMs + DEAD_MAN_GRACE_MS };
}
