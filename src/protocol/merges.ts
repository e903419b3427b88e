/** What a town asks of a host about landings. */
import { z } from "zod";
import { command, commit, fence, landingsAtOnce, PROTOCOL, reporting, rig, slug } from "./common.ts";

/** `POST /v1/merges`: land this head on the rig's default branch, once, under this fence. */
export const mergeRequest = z.object({
  protocol: z.literal(PROTOCOL),
  town: slug,
  bead: slug,
  fence,
  rig,
  /** What lands: the branch as the run pushed it, and the commit it must still point to. */
  branch: z.string().min(1),
  head: commit,
  /** What the run was built on, as it reported: should this leave the default branch, it does not come back. */
  base: commit.optional(),
  /** Run in a checkout of the merged result; must exit 0 before anything is pushed. Null: no gate. */
  gate: command.nullable(),
  maxGateMs: z.int().positive(),
  /** So many landings of the rig may run their gates side by side; left out: one. */
  landingsAtOnce: landingsAtOnce.optional(),
  reporting,
});
export type MergeRequest = z.infer<typeof mergeRequest>;
/** What the engine asks for: all of it but how the landing reports, which is made when it is sent. */
export type MergeOrder = Omit<MergeRequest, "protocol" | "reporting">;
