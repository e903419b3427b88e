import { earliest } from "../../lib/time.ts";
import { defineGate, type PlanFacts, shut } from "./gate.ts";
import { ask } from "./way-out.ts";

export const breaker = defineGate({
  name: "breaker",
  shutBy: "a host that failed again and again",
  before: "both",
  read: ({ hosts: { probes, broken, untilMs, full } }: Pick<PlanFacts, "hosts">) =>
    probes === 0 ? shut(broken ?? "no host is known to be well", earliest(untilMs, full?.untilMs ?? null)) : null,
  wayOut: (facts) => {
    const { brokenHost } = facts.hosts;
    const which = brokenHost === null ? "" : ` ${JSON.stringify({ host: brokenHost })}`;
    return ask(facts, "Mend the host; then say so, or wait for the next try.", `POST /breaker/close${which}`);
  },
});
