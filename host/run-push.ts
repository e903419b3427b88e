import { branchOf } from "../src/lib/branch.ts";
import type { StartRequest } from "../src/protocol/runs.ts";
import type { Context } from "./context.ts";
import type { Repository } from "./git.ts";
import { dropHeld, heldWork, holdUnpushed } from "./held-work.ts";
import { dropKept } from "./kept-work.ts";
import type { LeaseGuard } from "./lease-guard.ts";
import { type Finished, pushWork, tryBranch } from "./push-work.ts";
import type { Workshop } from "./workshops.ts";

/** How the work of one run gets to its branch. Before each push the town is asked; the branch is that of the fence that holds then. */
export class RunPush {
  /** Whether one is under way. */
  isActive = false;
  readonly #context: Context;
  readonly #request: StartRequest;
  readonly #leaseGuard: LeaseGuard;

  constructor(context: Context, request: StartRequest, leaseGuard: LeaseGuard) {
    this.#context = context;
    this.#request = request;
    this.#leaseGuard = leaseGuard;
  }

  branch(fence = this.#leaseGuard.fence): string {
    return branchOf(this.#request.bead, fence, this.#request.rig.branchPrefix);
  }

  /** Whether the remote takes the branch at all, where the town wants to know before the agent spends anything. */
  async first({ host, base }: Workshop): Promise<void> {
    const { pushFirst, rig } = this.#request;
    if (pushFirst) await this.#confirmed((branch, signal) => tryBranch(host, rig, base, branch, signal));
  }

  /** What can't be pushed for no fault of its own is kept for the bead's next try. */
  async work({ host }: Workshop, work: Finished): Promise<void> {
    try {
      await this.#push(host, work);
      dropKept(this.#context, this.#request);
    } catch (error) {
      throw await holdUnpushed(this.#context, this.#request, host, work, error);
    }
  }

  /** @returns what an earlier try made and could not push, pushed now; null: there is none, and the agent is to run */
  async earlier(onFound: () => void): Promise<Finished | null> {
    const held = await heldWork(this.#context, this.#request);
    if (!held) return null;
    onFound();
    await this.#push(this.#context.rigs.mirror(this.#request.town, this.#request.rig), held);
    dropHeld(this.#context, this.#request);
    return held;
  }

  #push(repository: Repository, work: Finished): Promise<void> {
    return this.#confirmed((branch, signal) => pushWork(repository, this.#request.rig, work, branch, signal));
  }

  /** An adoption may come at any moment: then it goes to the branch of the newer fence as well. */
  async #confirmed(push: (branch: string, signal: AbortSignal) => Promise<void>): Promise<void> {
    for (;;) {
      await this.#leaseGuard.confirm();
      const { fence } = this.#leaseGuard;
      this.#leaseGuard.guard();
      this.isActive = true;
      try {
        await push(this.branch(fence), this.#leaseGuard.signal);
      } finally {
        this.isActive = false;
      }
      if (fence === this.#leaseGuard.fence) return;
    }
  }
}
