import type { Clockwork } from "./clockwork.ts";

/** The platform tries a handler that died again after 2, 4, 8 … s, so often, and then gives it up for ever. */
const RETRIES = 6;
const FIRST_RETRY_MS = 2_000;

/** The one alarm of an object, as the platform keeps it: by true time, whatever the object's clock says. */
export class PlatformAlarm {
  readonly #world: Clockwork;
  readonly #townNow: () => number;
  readonly #handler: () => Promise<boolean>;
  #atMs: number | null = null;
  #ticket = 0;
  #retrying = false;
  rings = 0;
  /** What may go wrong with one ring. */
  lateByMs: () => number = () => 0;
  isLost: () => boolean = () => false;
  isDoubled: () => boolean = () => false;
  abandoned: () => void = () => {};

  constructor(world: Clockwork, townNow: () => number, handler: () => Promise<boolean>) {
    this.#world = world;
    this.#townNow = townNow;
    this.#handler = handler;
  }

  /** Set, or about to be rung again because its handler died. */
  get isArmed(): boolean {
    return this.#atMs !== null || this.#retrying;
  }

  /** When it is set for, by the object's clock. */
  get atMs(): number | null {
    return this.#atMs;
  }

  set(atMs: number): void {
    this.#atMs = atMs;
    const ticket = ++this.#ticket;
    this.#world.after(atMs - this.#townNow() + this.lateByMs(), () => this.#due(ticket));
  }

  clear(): void {
    this.#atMs = null;
    this.#ticket++;
  }

  #due(ticket: number): void {
    if (ticket !== this.#ticket) return;
    this.#atMs = null;
    if (this.isLost()) return;
    if (this.isDoubled()) this.#world.after(this.#world.between(1, 3_000, "alarmAgain"), () => void this.#ring());
    void this.#attempt(ticket, 0);
  }

  async #attempt(ticket: number, tries: number): Promise<void> {
    this.#retrying = true;
    const done = await this.#ring();
    this.#retrying = !done && ticket === this.#ticket && tries < RETRIES;
    if (done) return;
    if (ticket !== this.#ticket) return; // it set a new alarm before it died: that one counts
    if (tries === RETRIES) {
      this.abandoned();
      return;
    }
    this.#world.after(FIRST_RETRY_MS * 2 ** tries, () => {
      if (ticket === this.#ticket) void this.#attempt(ticket, tries + 1);
    });
  }

  #ring(): Promise<boolean> {
    this.rings++;
    return this.#handler();
  }
}
