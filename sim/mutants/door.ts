import type { Mutant } from "./mutant.ts";

const EFFECTS = "src/reconciler/effects.ts";
const REPORT = "src/events/report-event.ts";
const FITS = {
  file: "src/db/schema-gates.ts",
  find: "toDriver: (failure) => JSON.stringify(fitting(failure)),",
  replace: "toDriver: (failure) => JSON.stringify(failure),",
};

/** What a host says, and what a town writes about itself: neither may cost anything else. */
export const door: readonly Mutant[] = [
  {
    name: "words-of-any-length",
    why: "a refusal of some megabytes can't be stored, so its agent stays claimed; a smaller one fills every list",
    edits: [
      FITS,
      {
        file: EFFECTS,
        find: "code: clip(code, CODE_CHARS), message: clip(message, MESSAGE_CHARS) }",
        replace: "code, message }",
      },
    ],
  },
  {
    name: "boots-of-any-length",
    why: "an agreement of some megabytes can't be stored, and its run counts as never begun",
    edits: [{ file: "src/protocol/bounded.ts", find: "clip(bootId, BOOT_CHARS)", replace: "bootId" }],
  },
  {
    name: "reports-of-any-length",
    why: "the last word of a run is too long for its row, so it is tried again until its quarantine",
    edits: [
      FITS,
      {
        file: "src/protocol/bounded.ts",
        find: "z.string().transform((text) => clip(clean(text), max))",
        replace: "z.string().transform((text) => clip(clean(text), max * 1e9))",
      },
    ],
  },
  {
    name: "any-kind-of-report",
    why: "a run that says that it has landed is kept as a bug of our own, for ever",
    edits: [
      {
        file: REPORT,
        find: "if (known && (spokenBy[kind] ?? known.kind) !== known.kind)",
        replace: "if (known && !spokenBy)",
      },
    ],
  },
  {
    name: "a-note-for-every-word",
    why: "a superseded run fills its bead with what it says at its end, again and again",
    scenario: "what was superseded has one last word after another",
    edits: [{ file: REPORT, find: "if (known.refusedAtMs !== null) return;", replace: "" }],
  },
  {
    name: "records-cost-their-pass",
    why: "an incident that can't be written stops every pass of its town",
    scenario: "nothing can be put on record",
    edits: [
      {
        file: "src/reconciler/bookkeeping.ts",
        find: "return [`${what} could not be put on record: ${messageOf(error)}`];",
        replace: "throw new Error(`${what}: ${messageOf(error)}`);",
      },
    ],
  },
  {
    name: "notes-cost-their-settlement",
    why: "a run's end does not count because a note of it can't be written",
    scenario: "nothing can be put on record",
    edits: [
      {
        file: "src/beads/notes.ts",
        find: "ctx.news?.(`a note (${kind}) on ${beadId} could not be written: ${messageOf(error)}`);",
        replace: "throw new Error(messageOf(error));",
      },
    ],
  },
  {
    name: "quarantine-without-end",
    why: "facts that nobody can apply fill a town",
    scenario: "more poison than anybody would read",
    edits: [{ file: "src/db/quarantine.ts", find: "const KEPT = 200;", replace: "const KEPT = 1e9;" }],
  },
  {
    name: "what-quarantine-drops-is-forgotten",
    why: "what is received is no longer what is applied, discarded and kept",
    scenario: "more poison than anybody would read",
    edits: [{ file: "src/reconciler/ingest.ts", find: "counts.discarded += retryLater(", replace: "void retryLater(" }],
  },
];
