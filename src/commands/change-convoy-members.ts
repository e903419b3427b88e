import { z } from "zod";
import { refuseManyRigs } from "../beads/convoy-branch.ts";
import { readConvoy } from "../beads/convoy-reads.ts";
import {
  closeIfAllOver,
  existingConvoy,
  freeFellows,
  joinConvoy,
  leaveConvoy,
  MAX_MEMBERS,
  membersOf,
  refuseIfConvoyOver,
} from "../beads/convoys.ts";
import { existingBead } from "../db/existing.ts";
import type { Convoy } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
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
    const before = membersOf(tx, id).length;
    for (const bead of remove) leaveConvoy(tx, existingBead(tx, bead), convoy, nowMs);
    for (const bead of add) joinConvoy(tx, existingBead(tx, bead), convoy, nowMs);
    if (convoy.branch !== null)
      refuseManyRigs(convoy.branch, [...new Set(membersOf(tx, id).map(({ rigId }) => rigId))]);
    const after = before + add.length - remove.length;
    if (after === 0)
      throw refusal(
        409,
        "convoy_empty",
        `Convoy ${id} would have no members.`,
        "Cancel it: POST …/convoys/{id}/cancel.",
      );
    if (after > MAX_MEMBERS)
      throw refusal(
        409,
        "convoy_full",
        `Convoy ${id} would have ${after} members.`,
        `It holds ${MAX_MEMBERS} at most.`,
      );
    for (const bead of membersOf(tx, id)) freeFellows(tx, convoy, bead, nowMs);
    closeIfAllOver(tx, convoy, nowMs);
    return existingConvoy(tx, id);
  },
  answer: ({ id }, tx) => convoyDetailView(readConvoy(tx, id)),
});
