/** Landings: one at a time to a rig, tried again when refused, and back to work when the rig's test fails. */
import { expect, test } from "vitest";
import { alarm, anAgent, asked, aTown, beads, finished, landed, quiet, reports, rows, timePasses } from "./town.ts";

test("a landing that comes back puts the bead to work again with the evidence, and parks it past the budget", async () => {
  const town = await aTown({ held: true, settings: { reworkBudget: 2 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  for (const fence of [1, 3]) {
    await reports(town, fence, finished);
    await reports(town, fence + 1, {
      kind: "rejected",
      code: "conflict",
      message: "both changed a.txt",
      outputTail: "",
    });
    await timePasses(town);
    await alarm(town);
  }
  const after = await rows(town);
  expect(after.beads).toMatchObject([{ status: "failed", reworks: 2, failures: 0 }]);
  expect(after.notes.map(({ kind }) => kind)).toEqual(["conflict", "conflict", "parked"]);
  expect(after.attempts.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
    "run finished",
    "landing failed",
    "run finished",
    "landing failed",
  ]);
});

test("a rig lands one bead at a time", async () => {
  const town = await aTown({ held: true });
  await anAgent(town, "ada", "accept");
  await anAgent(town, "linus", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  await reports(town, 1, finished);
  await reports(town, 2, finished);
  expect((await asked(town)).filter(({ agent }) => agent === null)).toHaveLength(1);
  await reports(town, 3, landed);
  expect((await asked(town)).filter(({ agent }) => agent === null)).toHaveLength(2);
});

test("a landing that the host refuses waits in review and is tried again under a higher fence", async () => {
  const town = await aTown({ held: true, gate: ["refuse"] });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, finished);
  expect((await rows(town)).beads).toMatchObject([{ status: "in_review", lastFailure: { kind: "refused" } }]);
  await timePasses(town);
  await alarm(town);
  expect((await asked(town)).map(({ fence }) => fence)).toEqual([1, 2, 3]);
});
