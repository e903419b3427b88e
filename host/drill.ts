/** What a drill does to a start: `refuse` answers accepted:false, `reject` breaks the request. */
type DrillKind = "refuse" | "reject";

/** Makes the Nth distinct start fail on purpose, so that anyone can watch a town recover. Off unless asked for. */
export class Drill {
  readonly #plan: Map<number, DrillKind>;
  readonly #seen = new Map<string, number>();

  constructor(plan: Map<number, DrillKind> = new Map()) {
    this.#plan = plan;
  }

  /** What to do to this start. A repeat of a fence gets the same answer and is not counted again. */
  judge(town: string, fence: number): DrillKind | null {
    if (this.#plan.size === 0) return null;
    const key = `${town}/${fence}`;
    const place = this.#seen.get(key) ?? this.#seen.size + 1;
    this.#seen.set(key, place);
    return this.#plan.get(place) ?? null;
  }
}

/**
 * Reads `refuse:3` or `reject:6`, as often as given.
 *
 * @throws Error that says how it must look
 */
export function parseDrill(flags: readonly string[]): Drill {
  const plan = new Map<number, DrillKind>();
  for (const flag of flags) {
    const [, kind, place] = /^(refuse|reject):([1-9]\d{0,5})$/.exec(flag) ?? [];
    if (!kind || !place) throw new Error(`--drill ${flag}: write refuse:N or reject:N, N counting the starts from 1`);
    plan.set(Number(place), kind as DrillKind);
  }
  return new Drill(plan);
}
