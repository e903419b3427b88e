import { defineGate, type PlanFacts, shut } from "./gate.ts";
import { wait } from "./way-out.ts";

export const hostFull = defineGate({
  name: "host_full",
  shutBy: "a host that has no place",
  before: "runs",
  isQueue: true,
  read: ({ hostless, hosts: { probes, start, full } }: Pick<PlanFacts, "hostless" | "hosts">) =>
    hostless || probes === 0 || start > 0 || !full ? null : shut(full.why, full.untilMs),
  wayOut: () => wait("Wait for a run to end, or give the host more places (--max-runs) or more room on its disk."),
});
