import { z } from "zod";

const ms = z
  .int()
  .min(1)
  .max(7 * 86_400_000);

/** What an operator may set per town. Defaults carry their reasons. Milliseconds, unless said otherwise. */
export const settingsSchema = z.strictObject({
  /** A host answers a start in milliseconds; past this its silence is taken for no. */
  startDeadlineMs: ms.default(15_000),
  /** Accepted is a promise: this long until the first heartbeat must prove it. */
  firstLeaseMs: ms.default(20_000),
  /** Silence after which a run is lost. Four heartbeats may go missing. */
  leaseMs: ms.default(60_000),
  heartbeatMs: ms.default(12_000),
  backoffBaseMs: ms.default(2_000),
  /** A dead host is asked at most every five minutes for each bead. */
  backoffCapMs: ms.default(300_000),
  /**
   * Where hosts live. `container`: a start whose outcome is unknown is tried again at once, since the same host gets it
   * and its fence decides. `external`: the host lives on when the town is cut off, so such a start is tried again only when
   * its run is known to be dead, or its lease has run out.
   */
  hosts: z.enum(["container", "external"]).default("container"),
  /** Starts and landings together, so that nothing runs away whatever else is wrong. */
  startsPerMinute: z.int().min(1).max(100_000).default(120),
  /** A provider that says "limit reached" without saying until when. */
  providerWaitMs: ms.default(300_000),
  /** Runs of a bead that may fail before it is parked for a person. */
  agentFailureBudget: z.int().min(1).max(100).default(3),
  /** Landings of a bead that may come back before it is parked. */
  reworkBudget: z.int().min(0).max(100).default(3),
});
export type Settings = z.infer<typeof settingsSchema>;
