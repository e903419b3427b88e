import { DurableObject } from "cloudflare:workers";
import { listConvoys, readConvoy } from "../beads/convoy-reads.ts";
import { exportBeads } from "../beads/export.ts";
import type { Imported } from "../beads/import.ts";
import { type Place, readTimeline } from "../beads/timeline.ts";
import type { Beginning } from "../commands/define.ts";
import type {
  BeadEdit,
  ConvoyInput,
  ConvoyReason,
  DependenciesChange,
  ImportInput,
  MembersChange,
  VerdictInput,
} from "../commands/inputs.ts";
import type { Tx } from "../db/client.ts";
import { theBead } from "../db/existing.ts";
import type { Page } from "../db/page.ts";
import type { Convoy } from "../db/schema.ts";
import { readBead } from "../queries/reads.ts";
import type { Fact } from "../reconciler/ingest.ts";
import { beadView } from "../views/bead.ts";
import { convoyDetailView, convoySummaryView } from "../views/convoy.ts";
import type { Env } from "./env.ts";
import type { Result } from "./result.ts";
import { beadDetailView } from "./views.ts";
import { momentView } from "./work-views.ts";

/** What a town is asked and told about its work. */
export abstract class TownWork extends DurableObject<Env> {
  protected abstract read<T>(query: (tx: Tx) => T): Result<T>;
  /** Waits until what has left for a host is there. */
  protected abstract afterStarts<V>(told: Result<V>, of: (order: Beginning) => boolean): Promise<Result<V>>;
  protected abstract told<T, V>(fact: Fact, view: (result: T) => V): Result<V>;

  bead(id: string) {
    return this.read((tx) => beadDetailView(readBead(tx, id)));
  }

  /** Closed or cancelled, or gone since: nothing is started for it unless somebody says so. */
  isBeadOver(id: string): Result<boolean> {
    return this.read((tx) => {
      const status = theBead(tx).get({ id })?.status;
      return status === undefined || status === "closed" || status === "cancelled";
    });
  }

  editBead(bead: string, edit: BeadEdit) {
    const edited = this.told({ type: "bead_edited", payload: { bead, edit } }, beadView);
    return edit.hold ? this.afterStarts(edited, (order) => order.bead === bead) : edited;
  }

  changeDependencies(bead: string, change: DependenciesChange) {
    return this.told({ type: "dependencies_changed", payload: { bead, change } }, beadView);
  }

  reopenBead(input: VerdictInput) {
    return this.told({ type: "bead_reopened", payload: input }, beadView);
  }

  closeBead(input: VerdictInput) {
    const closed = this.told({ type: "bead_closed", payload: input }, beadView);
    return this.afterStarts(closed, ({ bead }) => bead === input.bead);
  }

  timeline(bead: string, limit: number, from: Place | undefined) {
    return this.read((tx) => {
      const { moments, next } = readTimeline(tx, bead, limit, from);
      return { items: moments.map(momentView), next };
    });
  }

  importBeads(input: ImportInput) {
    return this.told({ type: "beads_imported", payload: input }, (imported: Imported) => imported);
  }

  exportBeads(rig: string, after: number, limit?: number) {
    return this.read((tx) => exportBeads(tx, rig, after, limit));
  }

  createConvoy(input: ConvoyInput) {
    return this.#convoy({ type: "convoy_created", payload: input });
  }

  startConvoy(convoy: string) {
    return this.#convoy({ type: "convoy_started", payload: { convoy } });
  }

  holdConvoy(input: ConvoyReason) {
    return this.#convoy({ type: "convoy_held", payload: input });
  }

  cancelConvoy(input: ConvoyReason) {
    return this.afterStarts(this.#convoy({ type: "convoy_cancelled", payload: input }), () => true);
  }

  changeMembers(convoy: string, change: MembersChange) {
    return this.#convoy({ type: "convoy_members_changed", payload: { convoy, change } });
  }

  convoy(id: string) {
    return this.read((tx) => convoyDetailView(readConvoy(tx, id)));
  }

  convoys({ limit, before }: Page) {
    return this.read((tx) =>
      listConvoys(tx, limit, before).map((one) => ({ seq: one.convoy.seq, view: convoySummaryView(one) })),
    );
  }

  /** Answers with the convoy as it is after that, members and all. */
  #convoy(fact: Fact) {
    const told = this.told(fact, ({ id }: Convoy) => id);
    return told.ok ? this.convoy(told.value) : told;
  }
}
