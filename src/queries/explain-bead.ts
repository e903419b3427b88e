import { readTown } from "../db/town-row.ts";
import { iso } from "../lib/time.ts";
import { slug } from "../protocol/common.ts";
import { explanationSchema } from "../views/explanation.ts";
import { defineQuery } from "./define.ts";
import { explainBead, previewPlan } from "./explain/index.ts";

export const explainBeadQuery = defineQuery({
  name: "explain-bead",
  path: "/beads/{bead}/explain",
  scope: "beads:read",
  summary: "Says why a bead is where it is: every gate in its way, and what opens it.",
  params: { bead: slug },
  output: explanationSchema,
  read(tx, { bead }, { nowMs, random, inFlight }) {
    const ctx = { nowMs, random, settings: readTown(tx).settings };
    const { gates, nextLookMs, ...explanation } = explainBead(tx, bead, ctx, previewPlan(tx, ctx, inFlight));
    return {
      ...explanation,
      nextLookAt: iso(nextLookMs),
      gates: gates.map(({ name, ok, why, untilMs }) => ({ gate: name, ok, why, until: iso(untilMs) })),
    };
  },
});
