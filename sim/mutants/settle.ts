/** Places in the way an attempt is held, where more than one mutant sets in. */
import type { Edit } from "./mutant.ts";

export const SETTLE = "src/attempts/settle.ts";

/** A late answer finds nothing to settle once a run was heard of: a bug behind that shows only without it. */
export const NOT_SETTLED_BY_PROOF: Edit = {
  file: SETTLE,
  find: 'if (attempt.state === "starting") withdraw(tx)',
  replace: "if (attempt.fence < 0) withdraw(tx)",
};

const BEAD_WAITS = "retryBead(tx).run({ beadId: bead.id, fence, failures, notBeforeMs, failure, nowMs, ...unpaid });";

/** What else becomes of the bead of a try that is taken back. */
export const beadToo = (columns: string, when = "true", more = ""): Edit => ({
  file: SETTLE,
  find: BEAD_WAITS,
  replace: `${BEAD_WAITS}
  if (${when}) {
    tx.update(beads).set({ ${columns} }).where(and(eq(beads.id, bead.id), eq(beads.fence, fence))).run();
    ${more}
  }`,
});
