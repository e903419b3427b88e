import { closeLanded } from "../attempts/end.ts";
import { defineReport } from "./report-event.ts";

/** The bead's work is on the default branch. */
export const beadLanded = defineReport("bead_landed", "landed", {
  repeats: (attempt, { head }) => attempt.kind === "landing" && attempt.state === "finished" && attempt.head === head,
  undeniable: true,
  apply: (tx, attempt, { head, note, pastGate = false }, ctx) =>
    closeLanded(tx, attempt, { head, why: note, pastGate }, ctx),
});
