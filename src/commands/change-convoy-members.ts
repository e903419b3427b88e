import { z } from "zod";
import { refuseManyRigs } from "../beads/convoy-branch.ts";
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
import { defineEvent } from "../events/define.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { membersChange } from "./inputs.ts";

/** Somebody says which beads belong to it, or no longer do. All of it, or none. */
export const convoyMembersChanged = defineEvent({
  type: "convoy_members_changed",
  payload: z.strictObject({ convoy: slug, change: membersChange }),
  apply(tx, { convoy: id, change: { add, remove } }, { nowMs }): Convoy {
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
});
