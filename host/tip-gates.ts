import type { GateFailure } from "./gate.ts";

/** What a gate said of a commit of the default branch, without anything on top. */
type Verdict = { failure: GateFailure | null; atMs: number };

/** What it needs on this host may have been mended; a commit that passed is not judged again. */
const brokenForMs = 10 * 60_000;
const kept = 200;

/** Which commits of default branches pass their rig's gate: asked for after a landing's gate failed, once each. */
export class TipGates {
  readonly #known = new Map<string, Verdict>();

  /** @returns undefined if it is not known; null if it passes */
  verdict(key: string, nowMs: number): GateFailure | null | undefined {
    const known = this.#known.get(key);
    if (!known || (known.failure && nowMs - known.atMs > brokenForMs)) return undefined;
    return known.failure;
  }

  keep(key: string, failure: GateFailure | null, nowMs: number): void {
    this.#known.delete(key);
    this.#known.set(key, { failure, atMs: nowMs });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= kept) break;
      this.#known.delete(oldest);
    }
  }
}
