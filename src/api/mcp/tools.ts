/** What a model may do here: operations of the contract, by names and in words that say to a model which one to take. */
import { z } from "zod";
import { closeBeadCommand } from "../../commands/close-bead.ts";
import { createBeadsCommand } from "../../commands/create-beads.ts";
import { createConvoyCommand } from "../../commands/create-convoy.ts";
import { editBeadCommand } from "../../commands/edit-bead.ts";
import type { CommandName } from "../../commands/index.ts";
import type { Operation } from "../../lib/operation.ts";
import { clipHead } from "../../lib/text.ts";
import { versionOf } from "../../lib/version.ts";
import { slug } from "../../protocol/common.ts";
import { explainBeadQuery } from "../../queries/explain-bead.ts";
import type { QueryName } from "../../queries/index.ts";
import { listBeadsQuery } from "../../queries/list-beads.ts";
import { listConvoysQuery } from "../../queries/list-convoys.ts";
import { listRigsQuery } from "../../queries/list-rigs.ts";
import { readAttemptLogQuery } from "../../queries/read-attempt-log.ts";
import { readAttentionQuery } from "../../queries/read-attention.ts";
import { readBeadQuery } from "../../queries/read-bead.ts";
import { readConvoyQuery } from "../../queries/read-convoy.ts";
import { readHealthQuery } from "../../queries/read-health.ts";
import { fieldsOf } from "../../queries/shown-by.ts";
import type { attemptLogSchema } from "../../views/attempt.ts";
import type { beadSchema } from "../../views/bead.ts";
import type { beadDetailSchema } from "../../views/bead-detail.ts";

type Bead = z.output<typeof beadSchema>;
type Page = { items: Bead[]; nextCursor: string | null };

/** Of the town that is asked: what an operation answers, with more in its input. */
type Ask = (more: object) => Promise<unknown>;

export interface Tool {
  name: string;
  /** What it is for, for a model that chooses among them. */
  about: string;
  operation: Operation & { name: CommandName | QueryName };
  /** What it takes beside what its operation carries. */
  own?: z.ZodObject;
  /** Fields of its input that are shown otherwise than by their schemas, which are long, or of a path's texts. */
  shown?: Readonly<Record<string, object>>;
  /** What of the answer is told: a model reads every word of it. Left out: all. */
  told?(answer: never, own: never): unknown;
  /** Where it is more than one question. */
  ask?(ask: Ask, own: never): Promise<unknown>;
}

const wordless = (value: unknown): boolean =>
  value === null || value === "" || (typeof value === "object" && Object.keys(value as object).length === 0);

/** Without what it has not. */
const lean = (value: object): object => Object.fromEntries(Object.entries(value).filter(([, one]) => !wordless(one)));

/** A bead in a list. */
const brief = ({ id, rig, title, type, status, priority, agent, convoy, parent, labels, blockedBy, hold }: Bead) =>
  lean({ id, rig, title, type, status, priority, agent, convoy, parent, labels, blockedBy, hold });

/** How much of a bead's past is told: what went before that is in its attempts and in its timeline. */
const ATTEMPTS = 5;
const NOTES = 10;

/** As the header `ETag` has it: for who changes the bead on the ground of what is told. */
const version = (bead: object): string => versionOf(bead, fieldsOf(editBeadCommand)).slice(1, -1);

const detail = ({ attempts, notes, ...bead }: z.output<typeof beadDetailSchema>) => ({
  ...lean(bead),
  version: version(bead),
  notes: notes.slice(-NOTES),
  attempts: attempts.slice(0, ATTEMPTS).map(lean),
  ...lean({
    notesLeftOut: Math.max(0, notes.length - NOTES) || null,
    attemptsLeftOut: Math.max(0, attempts.length - ATTEMPTS) || null,
  }),
});

/** Beads that are read for a list of those that are ready, by page. */
const PAGE = 200;
const PAGES = 5;
/** An epic is over with its parts, a record is kept: nobody begins them. */
const isWork = ({ type }: Bead): boolean => type !== "epic" && type !== "record";
const isReady = (bead: Bead, nowMs: number): boolean =>
  isWork(bead) &&
  bead.blockedBy === 0 &&
  bead.hold === null &&
  (bead.notBeforeAt === null || Date.parse(bead.notBeforeAt) <= nowMs);

const readyInput = z.strictObject({
  rig: slug.optional(),
  convoy: slug.optional(),
  label: listBeadsQuery.query?.shape.label ?? z.never(),
  limit: z.int().min(1).max(PAGE).default(20),
});

/** The most urgent first, and the oldest of those. */
async function readyBeads(ask: Ask, { limit, ...filters }: z.output<typeof readyInput>): Promise<object> {
  const open: Bead[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES && (page === 0 || cursor !== null); page++) {
    const asked = { ...filters, status: "open", limit: String(PAGE), ...(cursor !== null && { cursor }) };
    const { items, nextCursor } = (await ask(asked)) as Page;
    open.push(...items);
    cursor = nextCursor;
  }
  const ready = open.filter((bead) => isReady(bead, Date.now())).toReversed();
  const items = ready.toSorted((a, b) => a.priority - b.priority).slice(0, limit);
  return {
    items: items.map(brief),
    ...lean({ more: ready.length - items.length || null, onlyNewest: cursor === null ? null : open.length }),
  };
}

/** Characters of a log; all that is kept of one would fill a model's memory. */
const logInput = z.strictObject({
  chars: z.int().min(100).max(100_000).default(8_000).describe("so many of its end"),
});

const printed = ({ pieces, ...log }: z.output<typeof attemptLogSchema>, { chars }: z.output<typeof logInput>) => ({
  ...log,
  text: clipHead(pieces.map(({ text }) => text).join(""), chars),
});

const listed = ({ items, nextCursor }: Page) => ({ items: items.map(brief), nextCursor });
const made = ({ items }: Pick<Page, "items">) => ({ items: items.map(brief) });

/** In the order in which they are listed. */
export const tools: readonly Tool[] = [
  {
    name: "create_beads",
    about:
      "Queue work: creates beads, each a task for a coding agent, up to 200 at once with dependencies among them. All or none.",
    operation: createBeadsCommand,
    told: made,
  },
  {
    name: "list_ready_beads",
    about: "Beads that nothing keeps from starting, the most urgent first.",
    operation: listBeadsQuery,
    own: readyInput,
    ask: readyBeads,
  },
  { name: "list_beads", about: "Find beads, the newest first.", operation: listBeadsQuery, told: listed },
  {
    name: "show_bead",
    about: "A bead whole: text, dependencies, notes, its newest attempts and their failures.",
    operation: readBeadQuery,
    told: detail,
  },
  {
    name: "explain_bead",
    about: "Why a bead is where it is: each gate in its way, and what opens it.",
    operation: explainBeadQuery,
  },
  {
    name: "update_bead",
    about: "Change a bead; what is left out stays. An agent at work on it goes on as it began.",
    operation: editBeadCommand,
    told: (bead: Bead) => ({ ...brief(bead), version: version(bead) }),
  },
  {
    name: "close_bead",
    about: "Close a bead that is done or not wanted, without a run. Not while it is worked on.",
    operation: closeBeadCommand,
    told: brief,
  },
  { name: "list_rigs", about: "The town's repositories.", operation: listRigsQuery },
  {
    name: "list_convoys",
    about: "Batches of beads with their progress, the newest first.",
    operation: listConvoysQuery,
  },
  {
    name: "show_convoy",
    about: "A convoy: its beads in waves, and what waits for what.",
    operation: readConvoyQuery,
  },
  {
    name: "create_convoy",
    about: "Create beads that belong together, and their convoy, which tracks them. All or none.",
    operation: createConvoyCommand,
    shown: { beads: { type: "array", items: { type: "object" }, description: "as create_beads takes them" } },
  },
  {
    name: "list_attention",
    about: "What waits for a person, each with the request that mends it.",
    operation: readAttentionQuery,
  },
  { name: "show_health", about: "How the town is, why, and what to do about it.", operation: readHealthQuery },
  {
    name: "show_attempt_log",
    about: "What an attempt printed: the end of it.",
    operation: readAttemptLogQuery,
    own: logInput,
    shown: { fence: { type: "integer", description: "the attempt's number: show_bead has it" } },
    told: printed,
  },
];

export const toolNamed = (name: string): Tool | undefined => tools.find((tool) => tool.name === name);
