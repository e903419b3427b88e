import { join } from "node:path";
import { readText, writeDurably } from "./state-files.ts";

/** What a fence guards: an agent, a bead's run, a bead's landing, or the fences of an agent that were stopped. */
type Guarded = "agents" | "beads" | "landings" | "stops";

/** The highest fences seen, kept on disk so that they outlive the host: one small file each, so a claim costs the same for ever. */
export class Fences {
  readonly #directory: string;
  readonly #known = new Map<string, number>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Zero if nothing was ever seen. */
  highest(guarded: Guarded, town: string, name: string): number {
    const path = this.#path(guarded, town, name);
    let fence = this.#known.get(path);
    if (fence === undefined) {
      fence = Number(readText(path) ?? 0) || 0;
      this.#known.set(path, fence);
    }
    return fence;
  }

  /** Durable when it returns; a lower fence changes nothing. */
  raise(guarded: Guarded, town: string, name: string, fence: number): void {
    if (fence <= this.highest(guarded, town, name)) return;
    const path = this.#path(guarded, town, name);
    writeDurably(path, `${fence}\n`);
    this.#known.set(path, fence);
  }

  /** Whether a start is news, a repeat, or the past. */
  judgeStart(start: { town: string; agent: string; bead: string; fence: number }): "new" | "known" | "fenced" {
    const { town, fence } = start;
    const agent = this.highest("agents", town, start.agent);
    const bead = this.highest("beads", town, start.bead);
    if (fence < agent || fence < bead) return "fenced";
    if (fence <= this.highest("landings", town, start.bead)) return "fenced";
    if (fence <= this.highest("stops", town, start.agent)) return "fenced";
    return fence === agent || fence === bead ? "known" : "new";
  }

  /** The same for a landing. Its fence may equal that of the run whose work it lands. */
  judgeLanding(landing: { town: string; bead: string; fence: number }): "new" | "known" | "fenced" {
    const { town, bead, fence } = landing;
    const last = this.highest("landings", town, bead);
    if (fence < last || fence < this.highest("beads", town, bead)) return "fenced";
    return fence === last ? "known" : "new";
  }

  #path(guarded: Guarded, town: string, name: string): string {
    return join(this.#directory, town, guarded, name);
  }
}
