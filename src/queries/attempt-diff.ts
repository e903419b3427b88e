/** What an attempt has changed: which work that is, by rows; and how the host that has it is asked, and refuses. */
import { and, desc, eq, lt } from "drizzle-orm";
import { z } from "zod";
import { chooseHost, isThere } from "../attempts/hosts.ts";
import type { Tx } from "../db/client.ts";
import { existingRig } from "../db/existing.ts";
import { type Attempt, attempts, type Bead } from "../db/schema.ts";
import { readTown } from "../db/town-row.ts";
import { branchOf, prefixOf, rigFor } from "../lib/branch.ts";
import { type Refusal, refusal, Stale } from "../lib/guard.ts";
import { clip, messageOf } from "../lib/text.ts";
import { DeadlineError } from "../ports/deadline.ts";
import { type DiffOrder, OutOfReach } from "../ports/ports.ts";
import { UNKNOWN_QUESTION } from "../ports/read-host.ts";
import { changesSchema, GONE_COMMITS, NO_SUCH_FILE, PATH_CHARS, TOOK_TOO_LONG } from "../protocol/diff.ts";
import type { AskedHosts } from "./define.ts";

export const diffQuery = z.strictObject({
  path: z
    .string()
    .min(1)
    .max(PATH_CHARS)
    .optional()
    .describe("one file alone, by its `path` as the answer without this has it: then far more of it is shown"),
});

/** An attempt's commits, and what they change. */
export const diffSchema = z
  .object({
    bead: z.string(),
    fence: z.int().describe("the run whose work this is"),
    branch: z.string().describe("where that was pushed; it goes once the work has landed"),
    onto: z.string().describe("the branch that it is for"),
    command: z.string().describe("what shows the same in a clone of the repository"),
    ...changesSchema.shape,
  })
  .meta({ id: "Diff" });
type Diff = z.output<typeof diffSchema>;

/** What is asked of a host, and what is told with its answer. */
export interface DiffQuestion {
  order: DiffOrder;
  told: Pick<Diff, "bead" | "fence" | "branch" | "onto" | "command">;
}

/** So many runs are looked through for the newest that has brought any. */
const RUNS_SEEN = 20;

type Work = { attempt: Attempt; branch: string; head: string; base: string | null };

/**
 * What a run brought, or had saved where it failed. What is newest stands with its bead, base and all; once that has landed, its head there is
 * the one that landed.
 */
function workOf(bead: Bead, attempt: Attempt): Work | null {
  const branch = attempt.branch ?? branchOf(bead.id, attempt.fence);
  const isNewest = bead.branch === branch;
  const head = attempt.head ?? (isNewest ? bead.head : null);
  return head === null ? null : { attempt, branch, head, base: isNewest ? bead.base : null };
}

/** Of the newest run that has brought commits. @param before of those before this fence @throws Refusal 404 */
export function newestWork(tx: Tx, bead: Bead, before = Number.MAX_SAFE_INTEGER): Work {
  const runs = tx
    .select()
    .from(attempts)
    .where(and(eq(attempts.beadId, bead.id), eq(attempts.kind, "run"), lt(attempts.fence, before)))
    .orderBy(desc(attempts.fence))
    .limit(RUNS_SEEN)
    .all();
  const work = runs.map((run) => workOf(bead, run)).find((found) => found !== null);
  if (work) return work;
  throw refusal(
    404,
    "no_commits",
    runs.length === 0 ? `Bead ${bead.id} has not been tried.` : `No try of bead ${bead.id} has brought commits.`,
    "Ask again once a run of it has ended with work; what runs do until then is in their logs.",
  );
}

/** Of a landing, what it was to land. @throws Refusal 404 */
export function workOfAttempt(tx: Tx, bead: Bead, attempt: Attempt): Work {
  if (attempt.kind === "landing") return newestWork(tx, bead, attempt.fence);
  const work = workOf(bead, attempt);
  if (work) return work;
  throw refusal(
    404,
    "no_commits",
    attempt.endedAtMs === null
      ? `Run ${attempt.fence} is not over: its commits are there when it is.`
      : `Run ${attempt.fence} has brought no commits.`,
    `GET …/beads/${bead.id}/diff shows those of the newest run that has.`,
  );
}

/** @throws Refusal 503 if there is no host to ask */
export function questionOf(tx: Tx, bead: Bead, { attempt, branch, head, base }: Work, path?: string): DiffQuestion {
  const town = readTown(tx);
  const rig = rigFor(existingRig(tx, bead.rigId), bead, prefixOf(branch, bead.id));
  const command = commandFor(bead, rig.defaultBranch, { branch, head, base });
  const host = hostFor(tx, attempt);
  if (host === undefined) throw away("No host is connected.", command);
  return {
    order: {
      ...{ host, town: town.name, rig, bead: bead.id, head },
      ...(base !== null && { base }),
      ...(path !== undefined && { path }),
    },
    told: { bead: bead.id, fence: attempt.fence, branch, onto: rig.defaultBranch, command },
  };
}

/** What has landed anew, on top of other work, is found there by its trailers: its branch is gone, and its own commits are on none. */
function commandFor(bead: Bead, onto: string, { branch, head, base }: Pick<Work, "branch" | "head" | "base">): string {
  const isLanded = bead.status === "closed";
  if (isLanded && bead.head !== head)
    return `git fetch origin ${onto} && git log -p --grep='^Bead: ${bead.id}$' FETCH_HEAD`;
  return `git fetch origin ${isLanded ? onto : `${onto} ${branch}`} && git diff ${base ?? `origin/${onto}`}...${head}`;
}

/** The one that it ran on has it for certain; any other can fetch it. Undefined: there is none. */
function hostFor(tx: Tx, { hostId }: Attempt): string | null | undefined {
  if (hostId !== null && isThere(tx, hostId)) return hostId;
  try {
    return chooseHost(tx, readTown(tx).settings);
  } catch (error) {
    if (error instanceof Stale) return undefined;
    throw error;
  }
}

/** @throws Refusal, each with what shows the same elsewhere */
export async function askDiff({ order, told }: DiffQuestion, hosts: AskedHosts): Promise<Diff> {
  try {
    return { ...told, ...(await hosts.diff(order)) };
  } catch (error) {
    throw refusedDiff(error, told.command);
  }
}

const inClone = (command: string): string => `In a clone of the repository: ${command}`;

const away = (why: string, command: string): Refusal =>
  refusal(503, "host_away", `The host can't be asked: ${why}`, `Ask again once it is there. ${inClone(command)}`);

/** @param error of the port, or of the wait for it */
function refusedDiff(error: unknown, command: string): Refusal {
  if (error instanceof DeadlineError) return tooLong(error.message, command);
  if (!(error instanceof OutOfReach)) return away(messageOf(error, 300), command);
  const { code, message } = error;
  const said = clip(message, 500);
  const refuse = REFUSED.get(code);
  return refuse ? refuse(said, command) : away(said, command);
}

const tooLong = (said: string, command: string): Refusal => refusal(503, "took_too_long", said, inClone(command));

type Refuse = (said: string, command: string) => Refusal;

/** What a host says, by its code. */
const REFUSED = new Map<string, Refuse>([
  [
    GONE_COMMITS,
    (said, command) =>
      refusal(410, "commits_gone", `The commits are no longer kept on this host. ${said}`, inClone(command)),
  ],
  [NO_SUCH_FILE, (said) => refusal(404, "no_such_file", said, "Ask without `path`: the answer names all files.")],
  [TOOK_TOO_LONG, tooLong],
  ["git_failed", (said, command) => refusal(503, "git_failed", `Git failed on the host: ${said}`, inClone(command))],
  [
    UNKNOWN_QUESTION,
    (_said, command) =>
      refusal(
        503,
        "host_outdated",
        "The host's program is of an older release, which does not show changes.",
        `Bring it to the release of the town. ${inClone(command)}`,
      ),
  ],
]);
