import { eq } from "drizzle-orm";
import { z } from "zod";
import { forgetTrouble, remoteIsThere } from "../attempts/rig-trouble.ts";
import { existingRig } from "../db/existing.ts";
import { rigs } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/protocol.ts";
import { lookedAtSchema, lookedAtView } from "../views/rig.ts";
import { defineCommand } from "./define.ts";

export const preflightRigCommand = defineCommand({
  name: "preflight-rig",
  type: "rig_looked",
  method: "POST",
  path: "/rigs/{rig}/preflight",
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
  /** A host that names a branch has seen the remote. */
  apply(tx, { rig: id, repoUrl, look }, ctx) {
    const rig = existingRig(tx, id);
    if (look.branch === null) return rig;
    if (rig.repoUrl !== repoUrl)
      throw refusal(409, "rig_changed", `${id} was changed while its host looked.`, "Ask again.");
    const found = remoteIsThere(tx, rig, ctx);
    if (rig.branchFrom === "given") return found;
    const seen = tx
      .update(rigs)
      .set({ defaultBranch: look.branch, branchFrom: "remote" })
      .where(eq(rigs.id, id))
      .returning()
      .get();
    return seen.defaultBranch === rig.defaultBranch
      ? seen
      : forgetTrouble(tx, seen, ["landingTrouble", "pushTrouble"], ctx);
  },
  answer: (rig, _, { look }) => lookedAtView(rig, look),
});
