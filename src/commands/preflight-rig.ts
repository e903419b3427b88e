import { z } from "zod";
import { keepLook } from "../attempts/rig-look.ts";
import { existingRig } from "../db/existing.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { lookedAtSchema, lookedAtView } from "../views/rig.ts";
import { defineCommand } from "./define.ts";

export const preflightRigCommand = defineCommand({
  name: "preflight-rig",
  type: "rig_looked",
  mendsNothing: true,
  method: "POST",
  path: "/rigs/{rig}/preflight",
  scope: "rigs:write",
  summary: "Has a host look what is at a rig's URL, and keeps the default branch that it finds, unless one was named.",
  params: { rig: slug },
  body: z.strictObject({
    begin: z.boolean().default(false).describe("whether an empty repository is to get its first commit"),
  }),
  emptyBody: true,
  output: lookedAtSchema,
  async before(town, { rig: id, begin }) {
    const { repoUrl, defaultBranch, branchFrom } = town.read((tx) => existingRig(tx, id));
    return {
      repoUrl,
      look: await town.look({ id, repoUrl, ...(branchFrom === "given" && { defaultBranch }) }, begin),
    };
  },
  apply(tx, { rig: id, repoUrl, look }, ctx) {
    const rig = existingRig(tx, id);
    if (rig.repoUrl === repoUrl) return keepLook(tx, rig, look, ctx);
    throw refusal(409, "rig_changed", `${id} was changed while its host looked.`, "Ask again.");
  },
  answer: (rig, _, { look }) => lookedAtView(rig, look),
});
