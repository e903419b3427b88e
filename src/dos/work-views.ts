/** Timelines as the HTTP interface shows them. */
import { NOTE_CHARS } from "../beads/notes.ts";
import type { Moment } from "../beads/timeline.ts";
import { clip } from "../lib/text.ts";
import { iso } from "../lib/time.ts";
import { failureView } from "../views/common.ts";

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
