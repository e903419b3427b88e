import type { MergeRequest } from "../src/protocol/merges.ts";
import { type Answer, known, refused, taken } from "./answers.ts";
import type { Context } from "./context.ts";
import { Landing } from "./landing.ts";
import { landingMarks } from "./landing-words.ts";
import { seqBlock } from "./limits.ts";
import type { MergeRecord } from "./records.ts";
import { fenced, unwritable } from "./runs.ts";

/** Takes landings: each fence once, judged and claimed in one go. */
export class Merges {
  readonly #context: Context;
  #draining = false;

  constructor(context: Context) {
    this.#context = context;
  }

  accept(request: MergeRequest): Answer {
    const { bootId, fences, live, mergeBook } = this.#context;
    const judgement = fences.judgeLanding(request);
    if (judgement === "known" || mergeBook.get(request.town, request.fence)) return known(bootId);
    if (judgement === "fenced") return fenced(bootId, request.fence);
    if (this.#draining) return refused(bootId, "draining", "This host is shutting down.", 5_000);
    const record = newRecord(this.#context, request);
    try {
      mergeBook.save(record);
      fences.raise("landings", request.town, request.bead, request.fence);
    } catch (error) {
      mergeBook.drop(record);
      return unwritable(bootId, error);
    }
    const older = live.olderThan({ ...request, agent: null });
    for (const worker of older) worker.end("superseded");
    const landing = new Landing(this.#context, record, 0);
    live.add(landing);
    landing.begin(older);
    return taken(bootId);
  }

  /** Goes on with a landing that a former boot left unfinished. */
  redrive(record: MergeRecord): void {
    const lastSeq = record.seqReserved;
    const landing = new Landing(this.#context, record, lastSeq);
    this.#context.live.add(landing);
    landing.begin([]);
  }

  /** How many land now. */
  get count(): number {
    return this.#context.live.all().filter((worker) => worker.agent === null).length;
  }

  refuseFromNowOn(): void {
    this.#draining = true;
  }
}

function newRecord(context: Context, request: MergeRequest): MergeRecord {
  const { town, bead, fence } = request;
  return {
    ...{ town, bead, fence, request },
    state: "landing",
    marks: landingMarks(context, request),
    acceptedAtMs: Date.now(),
    seqReserved: seqBlock,
    resultHead: null,
    outcome: null,
    outcomeAtMs: null,
    settled: false,
    pid: null,
    startMark: null,
  };
}
