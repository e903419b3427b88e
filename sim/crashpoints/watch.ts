import { sql } from "drizzle-orm";
import { ACCEPTED_MS, GATHERED_MS } from "../town.ts";
import type { Order } from "./host.ts";
import type { CrashWorld } from "./world.ts";

/** A try may wait this much longer than its backoff: for a free agent, or for the alarm after a crash. */
const SLACK_MS = 90_000;

interface Refused {
  fence: number;
  failures: number;
  atMs: number;
  retryAfterMs: number;
}

/** What the town asks of its host, call by call: how many at once, how far apart, and what it makes of the answers. */
export class Watch {
  readonly #world: CrashWorld;
  #checks: (() => void)[] = [];
  readonly #refused = new Map<string, Refused>();
  #open = new Set<object>();

  constructor(world: CrashWorld) {
    this.#world = world;
  }

  /** The town died: nobody waits for its answers. */
  died(): void {
    this.#open = new Set();
  }

  /** Everything that one thing set off has been written, or has been rolled back. */
  settled(): void {
    for (const check of this.#checks.splice(0)) check();
  }

  /** @returns to be called with the answer */
  called(of: Order): (retryAfterMs: number | null) => void {
    const { fence } = of.order;
    const { clock, settings } = this.#world;
    const call = {};
    this.#open.add(call);
    clock.after(settings.startDeadlineMs - 1, () => this.#open.delete(call));
    const { connections } = this.#world.town;
    if (this.#open.size > connections)
      this.#world.violation(`${this.#open.size} calls at once; there are ${connections} connections`);
    this.#spaced(of);
    this.#checks.push(() => {
      if (this.#stateOf(fence) === null) this.#world.violation(`S3 fence ${fence} was started and is in no journal`);
    });
    clock.after(
      settings.startDeadlineMs + 1 + GATHERED_MS,
      this.#unlessStruck(() => this.#isSettled(fence, "its deadline")),
    );
    return (retryAfterMs) => {
      this.#open.delete(call);
      const isAccepted = retryAfterMs === null;
      this.#soon(() => this.#isSettled(fence, "its answer"), isAccepted ? ACCEPTED_MS : GATHERED_MS);
      if (isAccepted) return;
      this.#refusedNow(of, retryAfterMs);
      this.#soon(() => this.#isReleased(fence));
      this.#soon(() => this.#isAwaited());
    };
  }

  /** Once it was taken together with what came while a commit was on its way. */
  #soon(check: () => void, ms = GATHERED_MS): void {
    this.#world.clock.after(ms, this.#unlessStruck(check));
  }

  /** Holds only as long as no crash and no failing statement comes in between. */
  #unlessStruck(check: () => void): () => void {
    const { blows } = this.#world;
    return () => blows === this.#world.blows && check();
  }

  #isSettled(fence: number, what: string): void {
    if (this.#stateOf(fence) === "starting") this.#world.violation(`S4 fence ${fence} still starts after ${what}`);
  }

  /** S4: the host said no, so nobody is at work under this fence. */
  #isReleased(fence: number): void {
    const state = this.#stateOf(fence);
    if (state !== "released" && state !== "stopped")
      this.#world.violation(`S4 fence ${fence} was refused and is ${state}`);
  }

  /** Somebody looks again when the first bead may be tried again, also where its refusal came with other news. */
  #isAwaited(): void {
    const row = this.#world.town.tx.get<{ first: number | null; wake: number | null; streak: number }>(
      sql`SELECT t.next_wake_at_ms AS wake, t.error_streak AS streak, (SELECT min(not_before_ms) FROM beads
        WHERE not_before_ms > t.clock_ms AND status IN ('open', 'in_progress', 'in_review')) AS first FROM town t`,
    );
    if (row && row.streak === 0 && row.first !== null && (row.wake === null || row.wake > row.first))
      this.#world.violation(`L1 a bead may be tried at ${row.first}, and the town wakes at ${row.wake}`);
  }

  #stateOf(fence: number): string | null {
    const row = this.#world.town.tx.get<{ state: string }>(sql`SELECT state FROM attempts WHERE fence = ${fence}`);
    return row?.state ?? null;
  }

  #refusedNow({ kind, order: { bead, fence } }: Order, retryAfterMs: number): void {
    const before = this.#refused.get(`${kind}/${bead}`);
    const failures = before?.fence === fence ? before.failures : (before?.failures ?? 0) + 1;
    this.#refused.set(`${kind}/${bead}`, { fence, failures, atMs: this.#world.clock.nowMs, retryAfterMs });
  }

  /** S7: exponential, capped, half of it certain. The same fence again is the recovery of a crash, not a retry. */
  #spaced({ kind, order: { bead, fence } }: Order): void {
    const last = this.#refused.get(`${kind}/${bead}`);
    if (!last || last.fence === fence) return;
    const { clock, settings } = this.#world;
    const waitedMs = clock.nowMs - last.atMs;
    const step = Math.min(settings.backoffCapMs, settings.backoffBaseMs * 2 ** (last.failures - 1));
    if (waitedMs < Math.max(Math.floor(step / 2), last.retryAfterMs))
      this.#world.violation(`S7 ${bead} was tried again ${waitedMs} ms after failure ${last.failures}`);
    // Where several fail, the host is tried with one of them at a time.
    const doubtMs = settings.hosts === "external" ? settings.startDeadlineMs + settings.leaseMs : 0;
    if (this.#refused.size === 1 && waitedMs > Math.max(step, last.retryAfterMs) + doubtMs + SLACK_MS)
      this.#world.violation(`S7 ${bead} was tried again only ${waitedMs} ms after failure ${last.failures}`);
  }
}
