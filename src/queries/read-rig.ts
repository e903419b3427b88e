import { existingRig } from "../db/existing.ts";
import { slug } from "../protocol/common.ts";
import { rigSchema, rigView } from "../views/rig.ts";
import { defineQuery } from "./define.ts";

export const readRigQuery = defineQuery({
  name: "read-rig",
  path: "/rigs/{rig}",
  scope: "beads:read",
  summary: "Shows a rig.",
  params: { rig: slug },
  output: rigSchema,
  read: (tx, { rig }) => rigView(existingRig(tx, rig)),
});
