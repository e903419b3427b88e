/** How runs and landings fail, in the words that hosts and the town share. */
import { z } from "zod";

/** How a run or a landing may fail. Each kind has its own policy in the town. */
export const failureKind = z.enum([
  "refused",
  "unreachable",
  "timed_out",
  "provider_limited",
  "auth",
  "agent_failed",
  "lost",
  /** The repository, its remote or its gate must be mended: no other work of the rig would fare better. */
  "rig_trouble",
]);
export type FailureKind = z.infer<typeof failureKind>;

/**
 * Why a landing sends its bead back to work. `declined`: the remote will not have what is in it. `past_gate`: it is there already,
 * without having been through the gate, which fails on it: that is for a person to decide.
 */
export const rejection = z.enum(["conflict", "gate_failed", "declined", "past_gate"]);
export type Rejection = z.infer<typeof rejection>;
