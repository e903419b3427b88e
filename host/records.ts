import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { messageOf } from "../src/lib/text.ts";
import { fence, slug } from "../src/protocol/common.ts";
import { mergeRequest } from "../src/protocol/merges.ts";
import { report } from "../src/protocol/reports.ts";
import { type HostRun, startRequest } from "../src/protocol/runs.ts";
import { endedKept } from "./limits.ts";
import type { Log } from "./log.ts";
import { readText, remove, writeDurably } from "./state-files.ts";

const accountShape = {
  town: slug,
  bead: slug,
  fence,
  acceptedAtMs: z.number(),
  /** Sequence numbers up to here may have been used. */
  seqReserved: z.int(),
  /** The last word, once it is known; sent until `settled`. */
  outcome: report.nullable(),
  outcomeAtMs: z.number().nullable(),
  /** The outcome was delivered, fenced or given up: nothing is owed to the town any more. */
  settled: z.boolean(),
  pid: z.int().nullable(),
  startMark: z.string().nullable(),
  /** What the processes of this run alone have in their environment. */
  marks: z.array(z.string()),
};

const runRecord = z.object({
  ...accountShape,
  agent: slug,
  rig: startRequest.shape.rig,
  reporting: startRequest.shape.reporting,
  state: z.enum(["preparing", "running", "finishing", "ended"]),
  worktree: z.string(),
  /** Where its agent began, so that a later boot can collect what it had done; missing until it began. */
  workshop: z.object({ start: z.string(), base: z.string(), identity: z.string() }).optional(),
  spawnedAtMs: z.number().nullable(),
  exitedAtMs: z.number().nullable(),
});
export type RunRecord = z.infer<typeof runRecord>;

/** How a record looks in `GET /v1/runs`. */
export function asHostRun(record: RunRecord): HostRun {
  const { town, agent, bead, fence, state, pid, spawnedAtMs, exitedAtMs } = record;
  return { town, agent, bead, fence, state, pid, spawnedAtMs, exitedAtMs };
}

const mergeRecord = z.object({
  ...accountShape,
  request: mergeRequest,
  state: z.enum(["landing", "pushing", "ended"]),
  /** What is to be pushed: written down before the push, so that a crash after it can tell. */
  resultHead: z.string().nullable(),
});
export type MergeRecord = z.infer<typeof mergeRecord>;

type Account = { town: string; fence: number; state: string; settled: boolean; acceptedAtMs: number };

/** Records on disk, one file per town and fence, and in memory. What ended and is settled is forgotten, oldest first. */
export class RecordBook<T extends Account> {
  readonly #directory: string;
  readonly #records = new Map<string, T>();
  readonly #log: Log;
  readonly #onForget: (record: T) => void;

  constructor(directory: string, schema: z.ZodType<T>, log: Log, onForget: (record: T) => void) {
    this.#directory = directory;
    this.#log = log;
    this.#onForget = onForget;
    for (const path of filesIn(directory)) this.#load(path, schema);
  }

  get(town: string, fence: number): T | undefined {
    return this.#records.get(`${town}/${fence}`);
  }

  all(): T[] {
    return [...this.#records.values()];
  }

  /** Durable when it returns. */
  save(record: T): void {
    writeDurably(this.#path(record), JSON.stringify(record));
    this.#records.set(`${record.town}/${record.fence}`, record);
    if (record.settled) this.#forgetOldest();
  }

  /** Takes back a record whose claim could not be completed. */
  drop(record: T): void {
    this.#records.delete(`${record.town}/${record.fence}`);
    remove(this.#path(record));
  }

  #path(record: Account): string {
    return join(this.#directory, record.town, `${record.fence}.json`);
  }

  #load(path: string, schema: z.ZodType<T>): void {
    try {
      const record = schema.parse(JSON.parse(readText(path) ?? ""));
      this.#records.set(`${record.town}/${record.fence}`, record);
    } catch (error) {
      this.#log(`cannot read the record ${path}, set aside as .unreadable: ${whyUnread(error)}`, { level: "error" });
      renameSync(path, `${path}.unreadable`);
    }
  }

  #forgetOldest(): void {
    const over = this.#records.size - endedKept;
    if (over <= 0) return;
    // The map keeps the order of first insertion, which is close enough to age.
    const old = this.all().filter((record) => record.state === "ended" && record.settled);
    for (const record of old.slice(0, over)) {
      this.drop(record);
      this.#onForget(record);
    }
  }
}

/** Never what stands in it: a record has an agent's environment. */
const whyUnread = (error: unknown): string =>
  error instanceof z.ZodError
    ? error.issues.map(({ path, code }) => `${path.join(".")}: ${code}`).join("; ")
    : error instanceof SyntaxError
      ? "it is no JSON"
      : messageOf(error);

type Forget = (record: { town: string; bead: string; fence: number }) => void;

export function openRunBook(directory: string, log: Log, onForget: Forget): RecordBook<RunRecord> {
  return new RecordBook(directory, runRecord, log, onForget);
}

export function openMergeBook(directory: string, log: Log, onForget: Forget): RecordBook<MergeRecord> {
  return new RecordBook(directory, mergeRecord, log, onForget);
}

function filesIn(directory: string): string[] {
  try {
    const names = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".json"),
    );
    const fenceIn = (name: string) => Number(/(\d+)\.json$/.exec(name)?.[1] ?? 0);
    return names.sort((a, b) => fenceIn(a) - fenceIn(b)).map((name) => join(directory, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
