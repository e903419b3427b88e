import { type Client, TownClient } from "../client.ts";

/** What is wanted of a town's stream. */
export interface Part {
  rig?: string;
  bead?: string;
  kinds?: string;
}

/** A town of which a part alone is followed. */
export class PartOfTown extends TownClient {
  readonly #part: Part;
  constructor(client: Client, town: string, part: Part) {
    super(client, town);
    this.#part = part;
  }

  override stream(after: number | null, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const search = new URLSearchParams({ ...this.#part, ...(after !== null && { after: String(after) }) });
    return this.client.stream(`/v1/towns/${encodeURIComponent(this.town)}/stream?${search}`, signal);
  }
}
