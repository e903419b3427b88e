import { join } from "node:path";
import type { Accounts } from "./accounts.ts";
import type { Disk } from "./disk.ts";
import type { Fences } from "./fences.ts";
import type { Isolation } from "./isolation.ts";
import type { LandingLines } from "./landing-line.ts";
import type { LiveWork } from "./live-work.ts";
import type { Log } from "./log.ts";
import type { Outbox } from "./outbox.ts";
import type { Places } from "./places.ts";
import type { MergeRecord, RecordBook, RunRecord } from "./records.ts";
import type { ReportFrames } from "./report-frames.ts";
import type { Rigs } from "./rigs.ts";
import type { TipGates } from "./tip-gates.ts";
import type { Workshops } from "./workshops.ts";

/** What runs and landings share: wired once, in host.ts. */
export type Context = {
  bootId: string;
  stateDirectory: string;
  fences: Fences;
  rigs: Rigs;
  lines: LandingLines;
  workshops: Workshops;
  tipGates: TipGates;
  runBook: RecordBook<RunRecord>;
  mergeBook: RecordBook<MergeRecord>;
  live: LiveWork;
  places: Places;
  /** Where it may report through the socket by which it has joined. */
  frames: ReportFrames | null;
  outbox: Outbox;
  isolation: Isolation;
  accounts: Accounts;
  disk: Disk;
  log: Log;
  /** On drain, what agents had done is pushed to their own branches. */
  saveOnDrain: boolean;
  /** What agents had done that came to nothing is pushed to their own branches: the next try may be on another disk. */
  pushesUnfinished: boolean;
  /** Variables of the host's own that every agent and gate gets besides. */
  passEnv: readonly string[];
  /** Each commit of an attempt says which bead and attempt it is of, where its rig says nothing about that. */
  trailers: boolean;
};

/** Where an attempt's prompt and output lie: outside its worktree, so that neither can be committed by mistake. */
export function attemptFiles(context: { stateDirectory: string }, work: { town: string; bead: string; fence: number }) {
  const folder = join(context.stateDirectory, "attempts", work.town, `${work.bead}-${work.fence}`);
  const agents = join(folder, "agent");
  return {
    folder,
    output: join(folder, "output.log"),
    gate: join(folder, "gate.log"),
    /** What the agent or gate may read and write. */
    agents,
    prompt: join(agents, "prompt.md"),
    inbox: join(agents, "inbox.jsonl"),
    gitConfig: join(agents, "gitconfig"),
    result: join(agents, "result.json"),
  };
}
