import { eq } from "drizzle-orm";
import { forgetTrouble } from "../attempts/rig-trouble.ts";
import { existingRig } from "../db/existing.ts";
import { countPause, pausedAs } from "../db/pause.ts";
import { type Rig, rigs } from "../db/schema.ts";
import { slug } from "../protocol/protocol.ts";
import { branchFound, type RigLook } from "../protocol/rig-look.ts";
import { lookedAtSchema, lookedAtView } from "../views/rig.ts";
import { defineCommand } from "./define.ts";
import { rigChange } from "./inputs.ts";

/**
 * Somebody says how this rig should be: paused or not, where it lies, its gate, its caps. What runs or lands goes on as it
 * began; what waits to land does so at the new place, or is done again where its branch isn't there.
 */
export const changeRigCommand = defineCommand({
  name: "change-rig",
  type: "rig_changed",
  method: "PATCH",
  path: "/rigs/{rig}",
  summary: "Changes a rig: what is left out stays as it is.",
  params: { rig: slug },
  body: rigChange,
  output: lookedAtSchema,
  async before(town, { rig: id, defaultBranch, repoUrl: newUrl }) {
    const rig = town.read((tx) => existingRig(tx, id));
    const repoUrl = newUrl ?? rig.repoUrl;
    const moves = defaultBranch === undefined && repoUrl !== rig.repoUrl && rig.branchFrom !== "given";
    return { look: moves || defaultBranch === null ? await town.look({ id, repoUrl }, false) : null };
  },
  apply(tx, { rig: id, paused, look, defaultBranch, ...rest }, ctx) {
    const others = { ...rest, ...branchOf(defaultBranch, look) };
    const before = existingRig(tx, id);
    const pause = pausedAs(paused, before.paused, ctx.nowMs);
    if (pause !== undefined) countPause(tx, before.paused, pause);
    const rig = tx
      .update(rigs)
      .set({ id, ...others, ...(pause !== undefined && { paused: pause }) })
      .where(eq(rigs.id, id))
      .returning()
      .get();
    const moved = isOther(before, others, ["repoUrl", "defaultBranch"]);
    if (moved) return forgetTrouble(tx, rig, ["landingTrouble", "pushTrouble"], ctx);
    // Where the gate is not the trouble, another gate mends nothing.
    const gated =
      isOther(before, others, ["gate", "maxGateMs"]) && rig.landingTrouble?.failure.code.startsWith("gate_");
    return gated ? forgetTrouble(tx, rig, ["landingTrouble"], ctx) : rig;
  },
  answer: (rig, _, { look }) => lookedAtView(rig, look),
  after: (town, { rig, paused }) => (paused ? town.startsArrived((order) => order.rig.id === rig) : undefined),
});

/** Whether one of these is not as it was. */
const isOther = (
  before: Rig,
  after: { [K in keyof Rig]?: Rig[K] | undefined },
  names: readonly (keyof Rig)[],
): boolean =>
  names.some((name) => after[name] !== undefined && JSON.stringify(after[name]) !== JSON.stringify(before[name]));

/** What becomes of its default branch. */
function branchOf(
  given: string | null | undefined,
  look: RigLook | null,
): Partial<Pick<Rig, "defaultBranch" | "branchFrom">> {
  if (look) return branchFound(look);
  return given ? { defaultBranch: given, branchFrom: "given" } : {};
}
