/** An action, a rule and a gate are each one file and one line of a registry: a tree that is given one of each does what they say. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mutatedTree } from "../../sim/mutants/tree.ts";

/** A copy of the tree and a program that begins in it: seconds on a machine that is busy. */
const TREE_MS = 60_000;

const files = {
  "src/actions/mark-bead.ts": `
    import { eq } from "drizzle-orm";
    import { z } from "zod";
    import { beads } from "../db/schema.ts";
    import { defineAction } from "./define.ts";
    export const markBead = defineAction({
      type: "mark_bead",
      kind: "maintenance",
      payload: z.object({ beadId: z.string() }),
      concerns: ({ beadId }) => ({ bead: beadId }),
      apply: (tx, { beadId }) => { tx.update(beads).set({ title: "Seen", dispatchFailures: 1 }).where(eq(beads.id, beadId)).run(); },
    });`,
  "src/reconciler/rules/mark-beads.ts": `
    import type { Rule } from "../rule.ts";
    export const markBeads: Rule = {
      name: "mark_beads",
      plan: ({ ready }) =>
        ready.filter(({ failures }) => failures === 0).map(({ beadId }) => ({ type: "mark_bead", beadId })),
    };`,
  "src/reconciler/gates/lunch.ts": `
    import { defineGate, shut, type PlanFacts } from "./gate.ts";
    import { ask } from "./way-out.ts";
    const read = ({ nowMs }: Pick<PlanFacts, "nowMs">) => shut("it is lunch", nowMs + 60_000);
    export const lunch = defineGate({
      name: "lunch",
      shutBy: "lunch",
      before: "runs",
      read,
      inPlan: read,
      wayOut: (facts) => ask(facts, "End lunch.", "POST /lunch/end"),
    });`,
};

/** One line, and its import, each before one that is there. */
const entry = (file: string, line: string, before: string, imports: string, sibling: string) => [
  { file, find: before, replace: `  ${line},\n${before}` },
  { file, find: sibling, replace: `${imports}\n${sibling}` },
];

/** What a town of one bead does in a tree with these lines and files. */
function live(edits: Parameters<typeof mutatedTree>[0], added: Partial<typeof files>) {
  using tree = mutatedTree(edits);
  for (const [path, text] of Object.entries(added)) {
    mkdirSync(join(tree.root, path, ".."), { recursive: true });
    writeFileSync(join(tree.root, path), text);
  }
  const printed = execFileSync(process.execPath, ["sim/one-bead.ts"], { cwd: tree.root, encoding: "utf8" });
  return JSON.parse(printed);
}

test("without them the bead is given to the agent", { timeout: TREE_MS }, () => {
  expect(live([], {})).toMatchObject({ title: "One", counters: { "action dispatch_agent applied": 1 }, shut: [] });
});

test("with a file and a line for each, the pass does, counts, explains and measures what they say", {
  timeout: TREE_MS,
}, () => {
  const edits = [
    ...entry(
      "src/actions/index.ts",
      "mark_bead: markBead",
      "  prune_history: pruneHistory,",
      'import { markBead } from "./mark-bead.ts";',
      'import { pruneHistory } from "./prune-history.ts";',
    ),
    ...entry(
      "src/reconciler/rules/index.ts",
      "markBeads",
      "  pruneHistory, //",
      'import { markBeads } from "./mark-beads.ts";',
      'import { pruneHistory } from "./prune-history.ts";',
    ),
    ...entry(
      "src/reconciler/gates/index.ts",
      "lunch",
      "  turn,\n] as const",
      'import { lunch } from "./lunch.ts";',
      'import { turn } from "./turn.ts";',
    ),
  ];
  const { title, counters, summary, shut, unblock, refused } = live(edits, files);
  expect(title).toBe("Seen");
  expect(counters).toMatchObject({ "action mark_bead applied": 1 });
  expect(counters).not.toHaveProperty("action dispatch_agent applied");
  expect(summary).toBe("It waits: it is lunch.");
  expect(shut).toMatchObject([{ name: "lunch", why: "it is lunch" }]);
  expect(unblock).toMatchObject({ what: "End lunch.", request: "POST /v1/towns/sim/lunch/end" });
  expect(refused).toEqual([expect.stringContaining('gate="lunch"')]);
});
