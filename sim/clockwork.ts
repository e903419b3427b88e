/** Time and chance of a simulated world: one heap of things to come, one seed. The same seed, the same run. */
export class Clockwork {
  nowMs = 1_700_000_000_000;
  #sequence = 0;
  readonly #heap: { atMs: number; order: number; run: () => void }[] = [];
  readonly #seed: number;
  readonly #streams = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = seed >>> 0;
  }

  /** A number in [0, 1). Each purpose has a stream of its own, so that more of one thing shifts nothing else. */
  random(purpose: string): number {
    const state = ((this.#streams.get(purpose) ?? this.#seed ^ hashOf(purpose)) + 0x6d2b79f5) >>> 0;
    this.#streams.set(purpose, state);
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  between(from: number, to: number, purpose: string): number {
    return Math.floor(from + this.random(purpose) * (to - from));
  }

  /** What it returns takes it back. */
  after(ms: number, run: () => void): () => void {
    const heap = this.#heap;
    const item = { atMs: this.nowMs + Math.max(0, Math.floor(ms)), order: this.#sequence++, run };
    let index = heap.push(item) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!earlier(item, heap[parent] as typeof item)) break;
      heap[index] = heap[parent] as typeof item;
      index = parent;
    }
    heap[index] = item;
    return () => {
      item.run = () => {};
    };
  }

  /** Moves time to the next thing and does it. False: nothing is left before the end. */
  step(endMs: number): boolean {
    const heap = this.#heap;
    const top = heap[0];
    if (!top || top.atMs > endMs) return false;
    const last = heap.pop() as typeof top;
    if (heap.length > 0) {
      let index = 0;
      for (;;) {
        let child = 2 * index + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && earlier(heap[child + 1] as typeof top, heap[child] as typeof top)) child++;
        if (!earlier(heap[child] as typeof top, last)) break;
        heap[index] = heap[child] as typeof top;
        index = child;
      }
      heap[index] = last;
    }
    this.nowMs = top.atMs;
    top.run();
    return true;
  }
}

const earlier = (a: { atMs: number; order: number }, b: { atMs: number; order: number }): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** FNV-1a. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
