import { DurableObject } from "cloudflare:workers";
import { listConvoys, readConvoy } from "../beads/convoy-reads.ts";
import { exportBeads } from "../beads/export.ts";
import { type Place, readTimeline } from "../beads/timeline.ts";
import type { Tx } from "../db/client.ts";
import { theBead } from "../db/existing.ts";
import type { Page } from "../db/page.ts";
import { readBead } from "../queries/reads.ts";
import { convoyDetailView, convoySummaryView } from "../views/convoy.ts";
import type { Env } from "./env.ts";
import type { Result } from "./result.ts";
import { beadDetailView } from "./views.ts";
import { momentView } from "./work-views.ts";

/** What a town is asked and told about its work. */
export abstract class TownWork extends DurableObject<Env> {
  protected abstract read<T>(query: (tx: Tx) => T): Result<T>;
  bead(id: string) {
    return this.read((tx) => beadDetailView(readBead(tx, id)));
  }

  /** Closed or cancelled, or gone since: nothing is started for it unless an operator says so. */
  isBeadOver(id: string): Result<boolean> {
    return this.read((tx) => {
      const status = theBead(tx).get({ id })?.status;
      return status === undefined || status === "closed" || status === "cancelled";
    });
  }

  timeline(bead: string, limit: number, from: Place | undefined) {
    return this.read((tx) => {
      const { moments, next } = readTimeline(tx, bead, limit, from);
      return { items: moments.map(momentView), next };
    });
  }

  exportBeads(rig: string, after: number, limit?: number) {
    return this.read((tx) => exportBeads(tx, rig, after, limit));
  }

  convoy(id: string) {
    return this.read((tx) => convoyDetailView(readConvoy(tx, id)));
  }

  convoys({ limit, before }: Page) {
    return this.read((tx) =>
      listConvoys(tx, limit, before).map((one) => ({ seq: one.convoy.seq, view: convoySummaryView(one) })),
    );
  }
}
