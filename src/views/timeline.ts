import { z } from "zod";
import type { Moment } from "../beads/timeline.ts";
import { beads } from "../db/schema.ts";
import { iso } from "../lib/time.ts";
import { attemptSchema } from "./attempt.ts";
import { noteSchema, noteView } from "./bead-detail.ts";
import { failureView, time } from "./common.ts";

const { fence, kind, agent, state, failure, head } = attemptSchema.shape;

/** What happened to a bead at some time; `what` says which of these it was. */
export const momentSchema = z
  .discriminatedUnion("what", [
    z.object({ at: time, what: z.literal("created"), title: z.string(), by: noteSchema.shape.by }),
    z.object({ at: time, what: z.literal("over"), status: z.enum(beads.status.enumValues) }),
    noteSchema.extend({ what: z.literal("noted") }),
    z.object({ at: time, what: z.literal("began"), fence, kind, agent }),
    z.object({ at: time, what: z.literal("ended"), fence, kind, agent, outcome: state, failure, head }),
  ])
  .meta({ id: "Moment" });

export const momentView = (moment: Moment): z.output<typeof momentSchema> => {
  const at = iso(moment.atMs);
  switch (moment.what) {
    case "created":
      return { at, what: moment.what, title: moment.title, by: moment.by };
    case "over":
      return { at, what: moment.what, status: moment.status };
    case "noted":
      return { ...noteView(moment.note), at, what: moment.what };
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
