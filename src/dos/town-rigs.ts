import { DurableObject } from "cloudflare:workers";
import type { Tx } from "../db/client.ts";
import { existingRig } from "../db/existing.ts";
import { listRigs } from "../queries/reads.ts";
import { rigView } from "../views/rig.ts";
import type { Env } from "./env.ts";
import type { Result } from "./result.ts";

/** What a town is asked about its rigs. */
export abstract class TownRigs extends DurableObject<Env> {
  protected abstract read<T>(query: (tx: Tx) => T): Result<T>;

  rigs() {
    return this.read((tx) => listRigs(tx).map(rigView));
  }

  rig(id: string) {
    return this.read((tx) => rigView(existingRig(tx, id)));
  }
}
