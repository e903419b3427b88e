import { z } from "zod";
import { readConvoy } from "../beads/convoy-reads.ts";
import { existingConvoy, joinConvoy, leaveConvoy, membersChanged, refuseIfConvoyOver } from "../beads/convoys.ts";
import { existingBead } from "../db/existing.ts";
import type { Convoy } from "../db/schema.ts";
import { slug } from "../protocol/common.ts";
import { convoyDetailView, convoySchema } from "../views/convoy.ts";
import { defineCommand } from "./define.ts";

/** The operator says which beads belong to it, or no longer do. All of it, or none. */
export const changeConvoyMembersCommand = defineCommand({
  name: "change-convoy-members",
  type: "convoy_members_changed",
  method: "POST",
  path: "/convoys/{convoy}/beads",
  scope: "beads:write",
  summary: "Adds and removes members of a convoy: all of it or none. A bead belongs to one convoy at most.",
  params: { convoy: slug },
  body: z
    .strictObject({ add: z.array(slug).max(200).default([]), remove: z.array(slug).max(200).default([]) })
    .refine(({ add, remove }) => add.length + remove.length > 0, "say what to add or remove"),
  output: convoySchema,
  apply(tx, { convoy: id, add, remove }, { nowMs }): Convoy {
    const convoy = existingConvoy(tx, id);
    refuseIfConvoyOver(convoy);
    for (const bead of remove) leaveConvoy(tx, existingBead(tx, bead), convoy, nowMs);
    for (const bead of add) joinConvoy(tx, existingBead(tx, bead), convoy, nowMs);
    return membersChanged(tx, convoy, nowMs);
  },
  answer: ({ id }, tx) => convoyDetailView(readConvoy(tx, id)),
});
