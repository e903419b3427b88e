import { type HostReply, OutOfReach } from "../src/ports/ports.ts";
import { type Report, report } from "../src/protocol/reports.ts";
import type { Clockwork } from "./clockwork.ts";
import type { Faults } from "./faults.ts";
import type { Said } from "./work.ts";

/** More than any row may hold. */
const TOO_MUCH = "w".repeat(3_000_000);

/** No time that anybody could wait. */
const ODD_WAITS = [-1e300, 1e300, 0.3, 0, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER];

/** What a host says that is no use, of any length, in any number, as somebody else; what it does is another matter. */
export class Liar {
  readonly #world: Clockwork;
  readonly #faults: Faults;

  constructor(world: Clockwork, faults: Faults) {
    this.#world = world;
    this.#faults = faults;
  }

  /** How it fails to take a start; null: it does not lie about this one. */
  refusal(bootId: string): HostReply | OutOfReach | null {
    if (this.#faults.strikes("redirects")) return new OutOfReach("redirected", TOO_MUCH, this.#oddWait());
    if (this.#faults.strikes("saysTooMuch"))
      return { accepted: false, bootId: TOO_MUCH, code: TOO_MUCH, message: TOO_MUCH, retryAfterMs: 1_000 };
    if (!this.#faults.strikes("oddWait")) return null;
    return { accepted: false, bootId, code: "at_capacity", message: "full", retryAfterMs: this.#oddWait() };
  }

  bootOf(bootId: string): string {
    return this.#faults.strikes("saysTooMuch") ? TOO_MUCH : bootId;
  }

  /** What it says before its last word, though it is not the one who could. */
  ofWrongKind(isRun: boolean, fence: number): Said | null {
    if (!this.#faults.strikes("wrongKind")) return null;
    const head = fence.toString(16).padStart(40, "0");
    return isRun ? { kind: "landed", head } : { kind: "finished", head, outputTail: "" };
  }

  /** A last word at great length, or with a wait that is none. */
  adorned(said: Said): Said {
    if (said.kind !== "failed") return said;
    const message = this.#faults.strikes("endsAtLength") ? TOO_MUCH : said.message;
    const outputTail = message === TOO_MUCH ? TOO_MUCH : said.outputTail;
    if (said.failure !== "provider_limited" || !this.#faults.strikes("oddReset"))
      return { ...said, message, outputTail };
    return { ...said, message, outputTail, retryAfterMs: this.#oddWait() };
  }

  #oddWait(): number {
    return ODD_WAITS[this.#world.between(0, ODD_WAITS.length, "odd wait")] ?? 0;
  }
}

/** As the town's door reads it, before anything is kept. */
export const asRead = (told: Report): Report => report.parse(told);
