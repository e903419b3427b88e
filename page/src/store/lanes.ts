/** Where a bead stands on the board, and what keeps it there as far as its own row tells. */
import type { Bead } from "../api.ts";

export const LANES = ["blocked", "ready", "running", "review", "parked", "done"] as const;
export type Lane = (typeof LANES)[number];

export const LANE_WORDS: Readonly<Record<Lane, string>> = {
  blocked: "Blocked",
  ready: "Ready",
  running: "Running",
  review: "Review",
  parked: "Parked",
  done: "Done",
};

export function laneOf(bead: Bead): Lane {
  if (bead.status === "in_progress") return "running";
  if (bead.status === "in_review") return "review";
  if (bead.status === "failed") return "parked";
  if (bead.status !== "open") return "done";
  return bead.hold || bead.blockedBy > 0 ? "blocked" : "ready";
}

/** The first gate that its row knows of; `explain` knows them all. */
export function gateOf(bead: Bead, nowMs: number): string | null {
  if (bead.hold) return `held by ${bead.hold.by}: ${bead.hold.why}`;
  if (bead.status === "open" && bead.blockedBy > 0)
    return `waits for ${bead.blockedBy} other${bead.blockedBy === 1 ? "" : "s"}`;
  if (bead.status === "failed") return bead.lastFailure?.message ?? "waits for a person";
  if (bead.notBeforeAt !== null && Date.parse(bead.notBeforeAt) > nowMs) return "waits for its next try";
  return null;
}
