/** An effect about to run: everything it needs, read in the transaction that claims it. */
import type { AnyEffectAction, ToHost } from "../actions/define.ts";
import type { Tx } from "../db/client.ts";
import type { StepContext } from "../db/step.ts";
import type { Lane } from "../lib/lane.ts";
import { DEAD_MAN_GRACE_MS } from "./limits.ts";

export interface Launch extends Lane {
  id: number;
  action: string;
  fence: number;
  input: ToHost;
  deadlineMs: number;
  /** Its due time from now on: when to run it again should its runner die. */
  deadManMs: number;
  /** An incarnation before this one may have sent it. */
  isAgain: boolean;
}

/**
 * @param known the input, where the claim has it at hand
 * @throws Stale if the claim behind it was superseded
 */
export function launchOf(
  tx: Tx,
  { kind, effect }: AnyEffectAction,
  { payload, tries, ...row }: { id: number; action: string; fence: number; payload: unknown; tries: number },
  ctx: StepContext,
  known?: () => ToHost,
): Launch {
  const deadlineMs = effect.deadlineMs(ctx);
  const input = known ? known() : effect.prepare(tx, payload, row.fence, ctx);
  const deadManMs = ctx.nowMs + deadlineMs + DEAD_MAN_GRACE_MS;
  return { ...row, kind, host: input.host, input, deadlineMs, deadManMs, isAgain: tries > 0 };
}
