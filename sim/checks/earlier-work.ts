/** What a further try goes on with is the newest work that the town has taken of its bead: by what hosts said, not by what is in rows. */
import type { RunOrder } from "../../src/ports/ports.ts";
import type { Report } from "../../src/protocol/reports.ts";
import { oneOf, type Rows } from "./scene.ts";

interface Left {
  fence: number;
  head: string;
  base: string | undefined;
}

/** After one of these a try may begin anew, or the bead have been through other hands. */
const ANEW = "'declined', 'past_gate', 'gate_failed', 'reopened', 'imported'";

export class EarlierWork {
  /** By bead: all that was said, and the newest that the town has answered for. */
  readonly #said = new Map<string, Left[]>();
  readonly #taken = new Map<string, Left>();

  /** A report is on its way: the town may take it and die before it answers. */
  says(report: Report): void {
    const left = leftBy(report);
    if (left) this.#said.set(report.bead, [...(this.#said.get(report.bead) ?? []), left]);
  }

  taken(report: Report): void {
    const left = leftBy(report);
    if (left && left.fence >= (this.#taken.get(report.bead)?.fence ?? 0)) this.#taken.set(report.bead, left);
  }

  check(scene: Rows, { bead, fence, from }: RunOrder): void {
    const newest = this.#taken.get(bead);
    if (!from) {
      const isAnew = oneOf(
        scene,
        `SELECT 1 AS x FROM bead_notes WHERE bead_id = ? AND kind IN (${ANEW}) LIMIT 1`,
        bead,
      );
      if (newest && !isAnew)
        scene.violation(`earlier work: fence ${fence} of ${bead} begins anew, and ${newest.fence} left work`);
      return;
    }
    // What lands the branch of a convoy has begun with the work of its members.
    const ofConvoy = "SELECT 1 AS x FROM bead_notes WHERE bead_id = ? AND kind = 'convoy' LIMIT 1";
    if (!newest && oneOf(scene, ofConvoy, bead)) return;
    const isSo = ({ head, base }: Left) => head === from.head && (base === undefined || base === from.base);
    const left = this.#said.get(bead)?.findLast(isSo);
    if (!left || left.fence < (newest?.fence ?? 0))
      scene.violation(
        `earlier work: fence ${fence} of ${bead} goes on with ${from.head}, and ${newest?.head ?? "nothing"} was left`,
      );
  }
}

function leftBy(report: Report): Left | null {
  const { fence } = report;
  if (report.kind === "finished" || report.kind === "landed") return { fence, head: report.head, base: undefined };
  return report.kind === "failed" && report.saved ? { fence, ...report.saved } : null;
}
