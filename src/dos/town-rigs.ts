import { existingRig } from "../db/existing.ts";
import { listRigs } from "../queries/reads.ts";
import { rigView } from "../views/rig.ts";
import { TownWork } from "./town-work.ts";

/** What a town is asked about its rigs. */
export abstract class TownRigs extends TownWork {
  rigs() {
    return this.read((tx) => listRigs(tx).map(rigView));
  }

  rig(id: string) {
    return this.read((tx) => rigView(existingRig(tx, id)));
  }
}
