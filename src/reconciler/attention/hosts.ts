import { openBreakers } from "../../db/attempts/breaker.ts";
import { hostsThere } from "../../db/hosts.ts";
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

/** A host whose disk must be cleared: places come free by themselves, room on a disk hardly does. */
export const hostLacks: Kind = {
  severity: "critical",
  find: ({ tx, town, path }) =>
    hostsThere(tx, town.settings)
      .flatMap(({ id, full }) => {
        if (full === null || full.code === "at_capacity") return [];
        return {
          target: { type: "host" as const, id: id ?? OWN_HOST },
          sinceMs: full.sinceMs,
          times: Math.max(1, full.times),
          what: `${id === null ? "the host" : `host ${id}`} starts nothing: ${said(full)}`,
          meanwhile: "what runs there goes on; one start is tried now and then, and no bead pays for it",
          nextMs: full.untilMs,
          hint: "Make room there; the next try finds it, or this request has it tried at once.",
          evidence: { host: id, full },
          verb: post(`${path}/breaker/close`, id === null ? {} : { host: id }),
        };
      })
      .sort((a, b) => b.sinceMs - a.sinceMs),
};
