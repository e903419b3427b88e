/** What a landing has to tell beside that it landed: it got past the gate, or where it began is gone. */
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import {
  anAgent,
  aTown,
  beads,
  finished,
  HEAD,
  LANDED,
  quiet,
  reports,
  rows,
  type TestTown,
  violations,
} from "./town.ts";

const read = async ({ name }: TestTown, path: string) => json(await call("GET", `/v1/towns/${name}${path}`));

async function waitingToLand() {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { ref: "one", title: "one" }, { ref: "two", title: "two", dependsOn: ["one"] });
  await quiet(town);
  await reports(town, 1, finished);
  return town;
}

const pastGate = {
  kind: "rejected",
  code: "past_gate",
  message: "The work is on main already, past the gate, and the gate fails there.",
  outputTail: "1 failed",
} as const;

test("work that came past a gate which fails parks its bead at once: nothing closes, and a person is asked", async () => {
  const town = await waitingToLand();
  await reports(town, 2, pastGate);
  const after = await rows(town);
  expect(after.beads).toMatchObject([
    { status: "failed", reworks: 1 },
    { status: "open", blockedBy: 1 },
  ]);
  expect(after.notes.map(({ kind }) => kind)).toEqual(["past_gate", "parked"]);
  expect(after.attempts.at(-1)).toMatchObject({ kind: "landing", state: "failed", failure: { code: "past_gate" } });
  const { items } = await read(town, "/attention");
  expect(items).toMatchObject([
    { kind: "parked", target: { id: "lib-1" }, what: expect.stringContaining("past the gate") },
  ]);
  const { items: incidents } = await read(town, "/incidents");
  expect(incidents).toMatchObject([{ kind: "past_gate", evidence: { bead: "lib-1", fence: 2 } }]);
  expect(await read(town, "/health")).not.toMatchObject({ incident: { kind: "past_gate" } });
  expect(await violations(town)).toEqual([]);
});

test("the same report again changes nothing, and a retry is an ordinary run", async () => {
  const town = await waitingToLand();
  await reports(town, 2, pastGate);
  await reports(town, 2, pastGate);
  expect((await read(town, "/incidents")).items).toHaveLength(1);
  expect((await json(await call("POST", `/v1/towns/${town.name}/beads/lib-1/retry`, {}))).status).toBe("open");
  await quiet(town);
  expect((await rows(town)).beads[0]).toMatchObject({ status: "in_progress", reworks: 0 });
});

test("work that came past a gate which passes on it lands, with a note, an incident, and an item for people", async () => {
  const town = await waitingToLand();
  await reports(town, 2, {
    kind: "landed",
    head: LANDED,
    note: "It was on main before it had been through the gate.",
    pastGate: true,
  });
  const after = await rows(town);
  expect(after.beads).toMatchObject([{ status: "closed" }, { status: "in_progress" }]);
  expect(after.notes).toMatchObject([{ kind: "past_gate" }]);
  const { items } = await read(town, "/attention");
  expect(items).toMatchObject([{ kind: "past_gate", severity: "notice", evidence: { bead: "lib-1" } }]);
  const { method, path } = items[0].verb;
  expect((await call(method, path)).status).toBe(200);
  expect((await read(town, "/attention")).items).toEqual([]);
  expect(await json(await call(method, path))).toMatchObject({ status: 409, code: "nothing_to_dismiss" });
  expect((await read(town, "/incidents")).items).toMatchObject([{ kind: "past_gate", healedBy: "read by operator" }]);
  expect(await violations(town)).toEqual([]);
});

test("what a landing left out is a note on its bead, and nobody's incident", async () => {
  const town = await waitingToLand();
  await reports(town, 2, { kind: "landed", head: LANDED, note: "What was removed stays removed." });
  expect((await rows(town)).notes).toMatchObject([{ kind: "landing", text: "What was removed stays removed." }]);
  expect((await read(town, "/incidents")).items).toEqual([]);
  expect((await read(town, "/attention")).items).toEqual([]);
});

test("a landing is told what its work is built on, as the run said; a host of before says nothing, and is asked nothing", async () => {
  const town = await waitingToLand();
  expect((await rows(town)).beads[0]).toMatchObject({ base: null });
  const base = "c".repeat(40);
  await reports(town, 2, { kind: "rejected", code: "conflict", message: "both changed", outputTail: "" });
  await call("POST", `/v1/towns/${town.name}/beads/lib-1/retry`, {});
  await quiet(town);
  await reports(town, 3, { kind: "finished", head: HEAD, outputTail: "", base });
  expect((await rows(town)).beads[0]).toMatchObject({ status: "in_review", base });
});
