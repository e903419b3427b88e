import { existsSync } from "node:fs";
import { join } from "node:path";
import { beadAnswer } from "../src/protocol/reports.ts";
import type { Context } from "./context.ts";
import { git } from "./git.ts";
import { dropHeld, heldRef, holds } from "./held-work.ts";
import { dropKept, keeps, keptRef } from "./kept-work.ts";
import { reportTimeoutMs } from "./limits.ts";
import { aboutOf } from "./log.ts";
import type { Reporting } from "./post-report.ts";
import type { RunRecord } from "./records.ts";

type Bead = Pick<RunRecord, "town" | "rig" | "bead">;

/**
 * What is kept of a bead is for its next try, or for whoever looks into the last one. When it is over, all of it goes. A town
 * has nothing to tell a host where no run is to be ended, so the host asks, with the token of the bead's last run.
 */
export async function forgetOver(context: Context): Promise<void> {
  const unreachable = new Set<string>();
  for (const record of lastRuns(context.runBook.all())) {
    if (!record.settled || unreachable.has(record.town) || !hasAnything(context, record)) continue;
    const over = await askIfOver(record.reporting);
    if (over === null) unreachable.add(record.town);
    if (!over) continue;
    await forgetBead(context, record);
    context.log("it is over, and what was kept of it is removed", aboutOf(record));
  }
}

/** Never throws. */
export async function forgetBead(context: Context, { town, rig, bead }: Bead): Promise<void> {
  const { live, rigs, workshops } = context;
  dropHeld(context, { town, bead });
  dropKept(context, { town, bead });
  const mirror = rigs.mirror(town, rig);
  for (const ref of [heldRef({ bead }), keptRef({ bead })])
    if (existsSync(join(mirror.gitDir, ref))) await git(mirror, ["update-ref", "-d", ref]).catch(() => undefined);
  for (const fence of workshops.fencesLeft(town, rig, bead)) {
    if (live.all().some((worker) => worker.town === town && worker.bead === bead)) return;
    await workshops.close({ kind: "work", town, rig, bead, fence });
  }
}

/** Of each bead, the newest. */
function lastRuns(records: readonly RunRecord[]): Iterable<RunRecord> {
  const last = new Map<string, RunRecord>();
  for (const record of records) {
    const key = `${record.town}/${record.bead}`;
    if (record.fence > (last.get(key)?.fence ?? 0)) last.set(key, record);
  }
  return last.values();
}

const hasAnything = (context: Context, bead: Bead): boolean =>
  keeps(context, bead) ||
  holds(context, bead) ||
  context.workshops.fencesLeft(bead.town, bead.rig, bead.bead).length > 0;

/** False as well where the token has ended: then nobody can say. Null: the town does not answer. */
async function askIfOver({ url, token }: Reporting): Promise<boolean | null> {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      redirect: "error", // a redirect would carry the token elsewhere
      signal: AbortSignal.timeout(reportTimeoutMs),
    });
    const answer = beadAnswer.safeParse(await response.json().catch(() => null));
    return response.status === 200 && answer.success && answer.data.over;
  } catch {
    return null;
  }
}
