import { keepLook } from "../attempts/rig-look.ts";
import { tryTroubles } from "../attempts/rig-trouble.ts";
import { waitingIn } from "../attempts/rig-waits.ts";
import { existingRig } from "../db/existing.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import type { RigLook } from "../protocol/rig-look.ts";
import { lookedAtView, rigRetriedSchema } from "../views/rig.ts";
import { defineCommand } from "./define.ts";

/** What a host found, and where; empty: none was asked. */
interface Looked {
  repoUrl?: string;
  look?: RigLook;
}

/** A person says that a rig's remote and gate are well: what waited for that is tried at once, and tells whether it is so. */
export const retryLandingsCommand = defineCommand({
  name: "retry-landings",
  type: "landings_retried",
  method: "POST",
  path: "/rigs/{rig}/landings/retry",
  scope: "work:control",
  summary: "Tries what waits for a rig's remote or gate at once; where nothing waits, a host looks at its repository.",
  params: { rig: slug },
  output: rigRetriedSchema,
  // Where nothing waits, nothing that is tried would tell.
  async before(town, { rig: id }): Promise<Looked> {
    const { rig, waits } = town.read((tx) => ({ rig: existingRig(tx, id), waits: waitingIn(tx, id) }));
    const { repoUrl, defaultBranch, branchFrom } = rig;
    const isTried = (rig.pushTrouble && waits.runs > 0) || (rig.landingTrouble && waits.landings > 0);
    if (isTried || !(rig.pushTrouble || rig.landingTrouble)) return {};
    return {
      repoUrl,
      look: await town.look({ id, repoUrl, ...(branchFrom === "given" && { defaultBranch }) }, false),
    };
  },
  apply(tx, { rig: id, repoUrl, look }, ctx) {
    const rig = existingRig(tx, id);
    if (rig.landingTrouble || rig.pushTrouble) {
      const { runs, landings } = waitingIn(tx, id);
      const tried = { runs: rig.pushTrouble ? runs : 0, landings: rig.landingTrouble ? landings : 0 };
      const left = tryTroubles(tx, rig, ["landingTrouble", "pushTrouble"], ctx);
      return { rig: look && rig.repoUrl === repoUrl ? keepLook(tx, left, look, ctx) : left, tried };
    }
    const detail = `Rig ${id} is not known to be in trouble.`;
    throw refusal(409, "nothing_to_retry", detail, "GET …/beads/{id}/explain says what a bead waits for.");
  },
  answer: ({ rig, tried }, _, { look }) => ({ ...lookedAtView(rig, look ?? null), tried }),
});
