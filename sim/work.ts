import type { LandingOrder, RunOrder } from "../src/ports/ports.ts";
import type { FailureKind, Rejection } from "../src/protocol/failures.ts";
import type { Report } from "../src/protocol/reports.ts";

export type Order = { kind: "run"; order: RunOrder } | { kind: "landing"; order: LandingOrder };

/** A process on a host. */
export interface Work {
  of: Order;
  bead: string;
  agent: string | null;
  fence: number;
  seq: number;
  endsAtMs: number;
  /** When the last report that the town took was sent: the host's lease counts from here. */
  heardAtMs: number;
  /** When the newest report was sent that the town has applied; null: it knows of none. */
  provedAtMs: number | null;
  /** When its host ends it by itself; null: its host keeps no limit, and it beats until somebody else ends it. */
  limitAtMs: number | null;
  /** From when on its agent does nothing any more, though it lives. */
  standsFromMs: number | null;
  /** Its rig's remote is out of reach: no agent ever begins. */
  lacksRemote: boolean;
}

export function workOf(of: Order, nowMs: number, endsAtMs: number): Work {
  const { bead, fence } = of.order;
  return {
    of,
    bead,
    agent: of.kind === "run" ? of.order.agent : null,
    fence,
    seq: 0,
    endsAtMs,
    heardAtMs: nowMs,
    provedAtMs: null,
    limitAtMs: nowMs + (of.kind === "run" ? of.order.maxRunMs : of.order.maxGateMs),
    standsFromMs: null,
    lacksRemote: false,
  };
}

/** A sign of life, by the host's clock; its agent did something just now, unless it stands still. */
export const heartbeatOf = ({ standsFromMs, lacksRemote }: Work, nowMs: number): Said => ({
  kind: "heartbeat",
  agentActiveAtMs: lacksRemote ? null : Math.min(nowMs, standsFromMs ?? nowMs),
  sentAtMs: nowMs,
});

/** A report without its envelope. */
export type Said = DistributiveOmit<Report, "agent" | "bead" | "fence" | "seq">;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const headOf = (fence: number): string => fence.toString(16).padStart(40, "0");

/** The last words of a run or a landing. */
export const said = {
  finished: (fence: number): Said => ({ kind: "finished", head: headOf(fence), outputTail: "" }),
  unchanged: { kind: "unchanged", message: "it is done already", outputTail: "" } as Said,
  landed: (fence: number): Said => ({ kind: "landed", head: headOf(fence) }),
  rejected: (code: Rejection): Said => ({ kind: "rejected", code, message: code, outputTail: "" }),
  lost: (code: string): Said => said.failed("lost", code),
  failed: (failure: FailureKind, code: string, retryAfterMs?: number): Said => ({
    kind: "failed",
    failure,
    code,
    message: `it failed: ${code}`,
    outputTail: "",
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }),
};
