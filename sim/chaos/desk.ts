import type { AttentionItem } from "../../src/queries/attention/index.ts";
import type { Case } from "./cases/case.ts";
import type { ChaosWorld } from "./world.ts";

/** How soon what was mended must be gone. */
const GONE_WITHIN_MS = 60_000;
/** Longer than anything that is told of waits for its next try. */
const SENDS_WITHIN_MS = 10 * 60_000;
const TRIES_EVERY_MS = 1_000;

const nameOf = ({ kind, target }: AttentionItem): string => `${kind} ${target.id}`;

/** Whoever reads what waits for a person, and sends the requests as they are shown. */
export class Desk {
  readonly #world: ChaosWorld;
  readonly #case: Case;
  readonly #wrong = new Set<string>();
  readonly #keys = new Set<string>();
  /** Told without a request: a person must do something else. */
  readonly #silent = new Set<string>();
  /** Of those that are expected: what was told, in the order in which it came. */
  readonly told: string[] = [];
  readonly sent: string[] = [];
  #sentAtMs: number | null = null;
  #isSending = false;

  constructor(world: ChaosWorld, one: Case) {
    this.#world = world;
    this.#case = one;
  }

  /** Whether all has been told that should be. */
  get isTold(): boolean {
    return this.#case.items.length > 0 && this.#case.items.every((name) => this.told.includes(name));
  }

  look(): void {
    const items = this.#world.attention;
    const { items: expected, itemsOnTheWay = [] } = this.#case;
    const names = items.map(nameOf);
    for (const [index, name] of names.entries()) {
      const item = items[index] as AttentionItem;
      if (item.what.length > 240 || item.what.includes("\n")) this.#wrong.add(`it is no two lines: ${item.what}`);
      if (!expected.includes(name) && !itemsOnTheWay.includes(name))
        this.#wrong.add(`it was told: ${name}: ${item.what}`);
      else if (!this.told.includes(name)) this.told.push(name);
      this.#keys.add(item.key);
      if (!item.verb) this.#silent.add(name);
    }
    if (new Set(names).size < names.length) this.#wrong.add(`it was told twice: ${names.join(", ")}`);
    const isOver = this.#sentAtMs !== null && this.#world.nowMs - this.#sentAtMs > GONE_WITHIN_MS;
    if (isOver && names.length > 0) this.#wrong.add(`it is told after it was mended: ${names.join(", ")}`);
  }

  /** Once each, as soon as it is there. */
  sendAll(): void {
    this.#isSending = true;
    const untilMs = this.#world.nowMs + SENDS_WITHIN_MS;
    const open = new Set(this.#case.items.filter((name) => !this.#silent.has(name)));
    const attempt = () => {
      for (const item of this.#world.attention) {
        if (!item.verb || !open.has(nameOf(item))) continue;
        const refused = this.#world.send(item.verb);
        if (refused) this.#wrong.add(`its request was refused: ${refused}`);
        open.delete(nameOf(item));
        this.sent.push(`${item.verb.method} ${item.verb.path.replace("/v1/towns/sim", "")}`);
      }
      if (open.size === 0) this.#sentAtMs = this.#world.nowMs;
      else if (this.#world.nowMs < untilMs) this.#world.clock.after(TRIES_EVERY_MS, attempt);
    };
    attempt();
  }

  wrong(): string[] {
    const missing = this.#case.items.filter((name) => !this.told.includes(name));
    if (missing.length > 0) this.#wrong.add(`nobody was told: ${missing.join(", ")}`);
    if (this.#isSending && this.#sentAtMs === null) this.#wrong.add("not all requests could be sent");
    const left = this.#world.attention.map(nameOf);
    if (left.length > 0) this.#wrong.add(`it is still told at the end: ${left.join(", ")}`);
    if (this.#keys.size > this.told.length) this.#wrong.add(`its keys change: ${[...this.#keys].join(", ")}`);
    return [...this.#wrong];
  }
}
