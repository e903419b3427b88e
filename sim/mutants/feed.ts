import type { Mutant } from "./mutant.ts";

const NOTING = "src/db/noting.ts";

/** What those who follow a town are told. */
export const feed: readonly Mutant[] = [
  {
    name: "feed-forgets-agents",
    why: "whoever watches sees an agent at work that has long been free",
    edits: [{ file: NOTING, find: "  agents: { kind", replace: "  no_agents: { kind" }],
  },
  {
    name: "feed-forgets-what-was-only-accepted",
    why: "whoever comes back sees a run start for ever",
    edits: [
      {
        file: "src/reconciler/record.ts",
        find: "unkept: eventful ? [] : unkept,",
        replace: "unkept: [],",
      },
    ],
  },
  {
    name: "feed-forgets-rows-without-a-name",
    why: "beads that are freed by another are shown as blocked",
    edits: [
      {
        file: NOTING,
        find: "for (const row of rows) this.#noted.push(`${kind} ${row.at(-1)}`);",
        replace: "",
      },
    ],
  },
  {
    name: "feed-reads-the-wrong-value",
    why: "it is told that a bead has changed which nobody has heard of, and not which it was",
    edits: [{ file: NOTING, find: 'return count(before, "?");', replace: "return 0;" }],
  },
];
