import { defineGate, type PlanFacts, type Shut, shut } from "./gate.ts";
import { wait } from "./way-out.ts";

function read({ kind, hostless, hosts }: Pick<PlanFacts, "kind" | "hostless" | "hosts">): Shut | null {
  if (hostless || hosts.probes === 0 || hosts[kind] > 0 || (kind === "start" && hosts.full)) return null;
  return shut(`as many ${kind}s are being asked of hosts as may be at once`, hosts.untilMs);
}

export const slot = defineGate({
  name: "slot",
  shutBy: "as many calls to a host as may be at once",
  before: "both",
  isQueue: true,
  read,
  wayOut: () => wait("Wait: it goes on by itself."),
});
