/** Convoys of beads that were there before them. */
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import { aTown, beads, rows, violations } from "./town.ts";

test("a convoy is made of beads that there are, or of both, or not at all", async () => {
  const town = await aTown();
  await beads(town, { title: "One" }, { title: "Two" }, { title: "Three" });
  const made = async (body: object) => json(await call("POST", `/v1/towns/${town.name}/convoys`, body));
  const fresh = { rig: "lib", title: "Four" };
  expect(await made({ id: "none", title: "None" })).toMatchObject({ status: 422, code: "invalid_input" });
  expect(await made({ id: "odd", title: "Odd", members: ["lib-1", "lib-9"] })).toMatchObject({
    code: "bead_not_found",
  });
  expect(await made({ id: "odd", title: "Odd", members: ["lib-1", "lib-1"], held: true })).toMatchObject({
    code: "in_convoy",
  });
  expect(await made({ id: "trip", title: "A trip", beads: [], members: ["lib-1"], held: true })).toMatchObject({
    status: 201,
    state: "held",
    members: [{ id: "lib-1" }],
  });
  expect(await made({ id: "odd", title: "Odd", beads: [fresh], members: ["lib-1"] })).toMatchObject({
    code: "in_convoy",
  });
  expect(await made({ id: "both", title: "Both", beads: [fresh], members: ["lib-2"], branch: "main" })).toMatchObject({
    code: "branch_is_default",
  });
  const both = await made({ id: "both", title: "Both", beads: [fresh], members: ["lib-2"], branch: "feature" });
  expect(both.members).toMatchObject([{ id: "lib-2" }, { title: "Four" }]);
  expect((await rows(town)).beads.map(({ convoyId, landsOn, blockedBy }) => [convoyId, landsOn, blockedBy])).toEqual([
    ["trip", null, 1],
    ["both", "feature", 0],
    [null, null, 0],
    ["both", "feature", 0],
  ]);
  expect(await violations(town)).toEqual([]);
});
