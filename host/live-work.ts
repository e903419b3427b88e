import { settledWithin } from "./clock.ts";
import { predecessorWaitMs } from "./limits.ts";
import { type EndReason, StepFailure } from "./outcomes.ts";

/** A run or landing that may still act. */
export type Worker = {
  readonly town: string;
  readonly bead: string;
  /** Null: a landing. */
  readonly agent: string | null;
  readonly fence: number;
  /** A push is under way, which should not be cut off needlessly. */
  readonly pushing: boolean;
  /** Resolves once it can act no more: its processes are gone, no push is under way. */
  readonly gone: Promise<void>;
  end(reason: EndReason): void;
  /** Kills its processes without waiting. */
  killNow(): void;
};

/** Everything that may act just now, runs and landings alike, so that a new claim finds whom it replaces. */
export class LiveWork {
  readonly #workers = new Set<Worker>();

  add(worker: Worker): void {
    this.#workers.add(worker);
    void worker.gone.then(() => this.#workers.delete(worker));
  }

  all(): Worker[] {
    return [...this.#workers];
  }

  /** The attempt that stands in the way of a claim on this bead (and agent) with this fence. */
  olderThan(claim: { town: string; bead: string; agent: string | null; fence: number }): Worker[] {
    return this.all().filter((worker) => {
      if (worker.town !== claim.town || worker.fence >= claim.fence) return false;
      return worker.bead === claim.bead || (claim.agent !== null && worker.agent === claim.agent);
    });
  }
}

/**
 * Waits until predecessors can act no more.
 *
 * @throws StepFailure `old_run_lives` if one can't be killed
 */
export async function untilGone(predecessors: readonly Worker[]): Promise<void> {
  const allGone = Promise.all(predecessors.map((worker) => worker.gone));
  if (await settledWithin(allGone, predecessorWaitMs)) return;
  const message = "An older run of this agent or bead does not end, even killed. Restart the host's machine.";
  throw new StepFailure("refused", "old_run_lives", message);
}
