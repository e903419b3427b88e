import { keepLook } from "../attempts/rig-look.ts";
import { theRig } from "../db/existing.ts";
import { type Rig, rigs } from "../db/schema.ts";
import { Refusal } from "../lib/guard.ts";
import { branchFound, type RigLook } from "../protocol/rig-look.ts";
import { lookedAtSchema, lookedAtView } from "../views/rig.ts";
import { defineCommand } from "./define.ts";
import { rigInput } from "./inputs.ts";

export const addRigCommand = defineCommand({
  name: "add-rig",
  type: "rig_added",
  mendsNothing: true,
  method: "POST",
  path: "/rigs",
  scope: "rigs:write",
  summary:
    "Adds a rig. Without a `defaultBranch` a host looks at its remote, and it is the one that the remote names. `begin` has the first commit of an empty repository made.",
  body: rigInput,
  output: lookedAtSchema,
  status: 201,
  location: ({ id }) => id,
  async before(town, { id, repoUrl, defaultBranch, begin = false }) {
    // What its first run would find out anyway is worth no wait, nor a container that is started to look.
    const isLookedFor =
      (defaultBranch === undefined || begin) && town.read((tx) => theRig(tx).get({ id }) === undefined);
    return {
      look: isLookedFor ? await town.look({ id, repoUrl, ...(defaultBranch && { defaultBranch }) }, begin) : null,
    };
  },
  apply(tx, { begin: _, look, ...input }, ctx) {
    const rig = tx
      .insert(rigs)
      .values({ ...input, ...branchOf(input.defaultBranch, look), createdAtMs: ctx.nowMs })
      .onConflictDoNothing()
      .returning()
      .get();
    if (rig) return keepLook(tx, rig, look, ctx);
    throw new Refusal({
      status: 409,
      code: "rig_exists",
      detail: `There is a rig ${input.id} already.`,
      hint: "Choose another id.",
    });
  },
  answer: (rig, _, { look }) => lookedAtView(rig, look),
});

/** What a default branch is called where nothing says otherwise. */
const USUAL = "main";

const branchOf = (given: string | undefined, look: RigLook | null): Pick<Rig, "defaultBranch" | "branchFrom"> =>
  given === undefined ? { defaultBranch: USUAL, ...branchFound(look) } : { defaultBranch: given, branchFrom: "given" };
