import { eq } from "drizzle-orm";
import { keepLook } from "../attempts/rig-look.ts";
import { tryTroubles } from "../attempts/rig-trouble.ts";
import type { Tx } from "../db/client.ts";
import { existingRig } from "../db/existing.ts";
import { countPause, pausedAs } from "../db/pause.ts";
import { type Rig, rigs } from "../db/schema.ts";
import type { StepContext } from "../db/step.ts";
import { slug } from "../protocol/common.ts";
import { branchFound, type RigLook } from "../protocol/rig-look.ts";
import { lookedAtSchema, lookedAtView } from "../views/rig.ts";
import { defineCommand } from "./define.ts";
import { rigChange } from "./inputs.ts";

/**
 * The operator says how this rig should be: paused or not, where it lies, its gate, its caps. What runs or lands goes on as it
 * began; what waits to land does so at the new place, or is done again where its branch isn't there.
 */
export const changeRigCommand = defineCommand({
  name: "change-rig",
  type: "rig_changed",
  method: "PATCH",
  path: "/rigs/{rig}",
  scope: "rigs:write",
  summary:
    "Changes a rig: what is left out stays as it is. A cap of null is the town's, a `defaultBranch` of null the remote's, `trailers` of null the host's. What waits to land and isn't at a new address is done again.",
  params: { rig: slug },
  body: rigChange,
  output: lookedAtSchema,
  async before(town, { rig: id, defaultBranch, repoUrl: newUrl }) {
    const rig = town.read((tx) => existingRig(tx, id));
    const repoUrl = newUrl ?? rig.repoUrl;
    const moves = defaultBranch === undefined && repoUrl !== rig.repoUrl && rig.branchFrom !== "given";
    const named = defaultBranch ?? (moves || defaultBranch === null ? undefined : rig.defaultBranch);
    const asks = defaultBranch !== undefined || repoUrl !== rig.repoUrl;
    const look = asks ? await town.look({ id, repoUrl, ...(named && { defaultBranch: named }) }, false) : null;
    return { look, takesFound: look !== null && named === undefined };
  },
  apply(tx, { rig: id, paused, look, takesFound, defaultBranch, ...rest }, ctx) {
    const others = { ...rest, ...branchOf(defaultBranch, takesFound ? look : null) };
    const before = existingRig(tx, id);
    const pause = pausedAs(paused, before.paused, ctx.nowMs);
    if (pause !== undefined) countPause(tx, `rig ${id}`, { before: before.paused, after: pause }, ctx.news);
    const rig = tx
      .update(rigs)
      .set({ id, ...others, ...(pause !== undefined && { paused: pause }) })
      .where(eq(rigs.id, id))
      .returning()
      .get();
    return keepLook(tx, triedAgain(tx, rig, before, ctx), look, ctx);
  },
  answer: (rig, _, { look }) => lookedAtView(rig, look),
  after: (town, { rig, paused }) => (paused ? town.startsArrived((order) => order.rig.id === rig) : undefined),
});

/** What waits for its remote, or for its gate, is tried at once where that is another now. */
function triedAgain(tx: Tx, rig: Rig, before: Rig, ctx: StepContext): Rig {
  if (isOther(before, rig, ["repoUrl", "defaultBranch"]))
    return tryTroubles(tx, rig, ["landingTrouble", "pushTrouble"], ctx);
  // Where the gate is not the trouble, another gate mends nothing.
  const gated = isOther(before, rig, ["gate", "maxGateMs"]) && rig.landingTrouble?.failure.code.startsWith("gate_");
  return gated ? tryTroubles(tx, rig, ["landingTrouble"], ctx) : rig;
}

/** Whether one of these is not as it was. */
const isOther = (before: Rig, after: Rig, names: readonly (keyof Rig)[]): boolean =>
  names.some((name) => JSON.stringify(after[name]) !== JSON.stringify(before[name]));

/** What becomes of its default branch. */
function branchOf(
  given: string | null | undefined,
  look: RigLook | null,
): Partial<Pick<Rig, "defaultBranch" | "branchFrom">> {
  if (look) return branchFound(look);
  return given ? { defaultBranch: given, branchFrom: "given" } : {};
}
