import { openBreakers } from "../../db/attempts/breaker.ts";
import { type Kind, post, said } from "./item.ts";

/** How a town's own host is called. */
export const OWN_HOST = "own";

/** A host whose starts fail again and again, whichever bead it is. */
export const breaker: Kind = {
  severity: "critical",
  find: ({ tx, town, path }) =>
    openBreakers(tx, town)
      .map(({ id, breaker: { failures, beads, sinceMs, failure, openUntilMs } }) => ({
        target: { type: "host" as const, id: id ?? OWN_HOST },
        sinceMs,
        times: failures,
        what: `${failures} starts${id === null ? "" : ` on host ${id}`} in a row have failed: ${said(failure)}`,
        meanwhile: "one start is tried now and then; what runs there goes on",
        nextMs: openUntilMs,
        hint: "Mend the host; the next try finds it well, or this request has it tried at once.",
        evidence: { host: id, failures, beads, failure },
        verb: post(`${path}/breaker/close`, id === null ? {} : { host: id }),
      }))
      .sort((a, b) => b.sinceMs - a.sinceMs),
};
