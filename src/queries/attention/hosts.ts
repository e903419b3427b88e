import { isNotNull } from "drizzle-orm";
import { openBreakers } from "../../attempts/breaker.ts";
import { hostsThere } from "../../attempts/hosts.ts";
import { lacks } from "../../attempts/room.ts";
import { type HostRefusal, hosts, type JoinedHost, OWN_HOST, type RefusedHost } from "../../db/schema.ts";
import { atMost, prepared } from "../../db/statements.ts";
import { counted } from "../../lib/text.ts";
import { type Finding, type Kind, type Look, post, said, WANTED } from "./item.ts";

/** A host whose starts fail again and again, whichever bead it is. */
export const breaker: Kind = {
  severity: "critical",
  find: ({ tx, town, path }) =>
    openBreakers(tx, town)
      .map(({ id, breaker: { failures, beads, sinceMs, failure, openUntilMs } }) => ({
        target: { type: "host" as const, id: id ?? OWN_HOST },
        sinceMs,
        times: failures,
        what: `${counted(failures, "start")}${id === null ? "" : ` on host ${id}`} in a row failed: ${said(failure)}`,
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
        if (full === null || !lacks(full)) return [];
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
/** Who has not dialled for so long has given up, or was mended. Longer than a host waits between two tries. */
const DIALS_STILL_MS = 12 * 60_000;

const refusedHosts = prepared((tx) =>
  tx.select().from(hosts).where(isNotNull(hosts.refused)).orderBy(hosts.id).limit(atMost(WANTED)).prepare(),
);

/** A machine that dials again and again, and is not let in until a person has acted. */
export const hostRefused: Kind = {
  severity: "warning",
  holdsInPause: true,
  find: (look) =>
    refusedHosts(look.tx)
      .all()
      .flatMap((host) => {
        const { refused } = host;
        return refused && refused.lastMs > look.nowMs - DIALS_STILL_MS ? [refusedItem(look, host, refused)] : [];
      })
      .sort((a, b) => b.sinceMs - a.sinceMs),
};

function refusedItem({ path }: Look, host: JoinedHost, refused: RefusedHost): Finding {
  const { id, bootId } = host;
  const { sinceMs, times, code } = refused;
  return {
    target: { type: "host", id },
    ...{ sinceMs, times },
    ...REFUSALS[code](id, bootId, refused.bootId),
    meanwhile: "it asks again by itself, less and less often; what runs goes on",
    nextMs: null,
    evidence: { host: id, code, boot: bootId, refused: refused.bootId },
    verb: code === "host_elsewhere" ? post(`${path}/hosts/${id}/takeover`, { boot: refused.bootId }) : null,
  };
}

const REFUSALS: Record<
  HostRefusal,
  (id: string, boot: string | null, other: string) => Pick<Finding, "what" | "hint">
> = {
  host_elsewhere: (id, boot, other) => ({
    what: `two machines join as host ${id}: boot ${boot} has the place, boot ${other} is not let in`,
    hint: "Give one of them a host of its own; or this request gives the place to the one that waits.",
  }),
  token_replaced: (id, _boot, other) => ({
    what: `a machine dials as host ${id} with a token that was replaced (boot ${other})`,
    hint: `Start it with the newest token; POST …/hosts/${id}/token makes one, and the former is worth nothing.`,
  }),
  protocol_unsupported: (id, _boot, other) => ({
    what: `the program of host ${id} speaks another protocol than the town (boot ${other})`,
    hint: "Run the release of the host program that belongs to the town's.",
  }),
};
