/** Convoys and timelines as the HTTP interface shows them. */

import type { ConvoyDetail, ConvoySummary } from "../beads/convoy-reads.ts";
import { NOTE_CHARS } from "../beads/notes.ts";
import type { Moment } from "../beads/timeline.ts";
import type { Convoy } from "../db/schema.ts";
import { clip } from "../lib/text.ts";
import { iso } from "../lib/time.ts";
import { failureView } from "../views/common.ts";

const convoyView = ({ id, title, state, onFailure, branch, createdAtMs, closedAtMs }: Convoy) => ({
  id,
  title,
  state,
  onFailure,
  branch,
  createdAt: iso(createdAtMs),
  closedAt: iso(closedAtMs),
});

const none = { open: 0, in_progress: 0, in_review: 0, closed: 0, failed: 0, cancelled: 0 };

export const convoySummaryView = ({ convoy, counts }: ConvoySummary) => {
  const byStatus = { ...none, ...counts };
  const total = Object.values(byStatus).reduce((sum, n) => sum + n, 0);
  const over = byStatus.closed + byStatus.cancelled + (convoy.onFailure === "continue" ? byStatus.failed : 0);
  return {
    ...convoyView(convoy),
    progress: { total, ...byStatus, percent: total === 0 ? 100 : Math.floor((100 * over) / total) },
  };
};

export const convoyDetailView = ({ members, criticalPath, waiting, ...summary }: ConvoyDetail) => {
  const stages: string[][] = [];
  for (const { bead, wave } of members) {
    while (stages.length < wave) stages.push([]);
    stages[wave - 1]?.push(bead.id);
  }
  return {
    ...convoySummaryView(summary),
    members: members.map(({ bead, wave }) => ({
      id: bead.id,
      rig: bead.rigId,
      title: bead.title,
      status: bead.status,
      agent: bead.agentId,
      wave,
    })),
    stages,
    criticalPath,
    waiting,
  };
};

export const momentView = (moment: Moment) => {
  const at = iso(moment.atMs);
  switch (moment.what) {
    case "created":
      return { at, what: moment.what, title: moment.title };
    case "over":
      return { at, what: moment.what, status: moment.status };
    case "noted":
      return { at, what: moment.what, kind: moment.note.kind, text: clip(moment.note.text, NOTE_CHARS) };
    case "began": {
      const { fence, kind, agentId: agent } = moment.attempt;
      return { at, what: moment.what, fence, kind, agent };
    }
    case "ended": {
      const { fence, kind, agentId: agent, state, failure, head } = moment.attempt;
      return { at, what: moment.what, fence, kind, agent, outcome: state, failure: failureView(failure), head };
    }
  }
};
