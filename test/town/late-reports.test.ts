/** Reports that come late, twice, or under an old fence. */
import { expect, test } from "vitest";
import {
  alarm,
  anAgent,
  asked,
  aTown,
  beads,
  failed,
  finished,
  HEAD,
  heartbeat,
  quiet,
  reports,
  rows,
  timePasses,
  violations,
} from "./town.ts";

test("a late heartbeat adopts the newest attempt while its agent idles on that hook", async () => {
  const town = await aTown({ held: true, settings: { startDeadlineMs: 500 } });
  await anAgent(town, "ada", "hang");
  await beads(town, { title: "one" });
  await quiet(town);
  expect((await rows(town)).attempts).toMatchObject([{ state: "released", failure: { kind: "timed_out" } }]);

  expect(await reports(town, 1, heartbeat)).toBe("ok");
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "working", beadId: "lib-1", fence: 1 }],
    attempts: [{ fence: 1, state: "running", failure: null, endedAtMs: null }],
    beads: [{ status: "in_progress", notBeforeMs: 0 }],
  });
  await timePasses(town);
  await alarm(town);
  expect(await asked(town)).toHaveLength(1); // adopted, so never started a second time
  expect(await violations(town)).toEqual([]);
});

test("a late heartbeat is refused once a newer attempt began", async () => {
  const town = await aTown({ held: true, settings: { startDeadlineMs: 500 } });
  await anAgent(town, "ada", "hang");
  await beads(town, { title: "one" });
  await quiet(town);
  await timePasses(town);
  await alarm(town);
  const before = await rows(town);
  expect(before.attempts).toHaveLength(2);
  expect(await reports(town, 1, heartbeat)).toBe("fenced");
  expect((await rows(town)).attempts).toEqual(before.attempts);
});

test("a late finish of an adopted run counts, even when it is the first that is heard of it", async () => {
  const town = await aTown({ held: true, settings: { startDeadlineMs: 500 } });
  await anAgent(town, "ada", "hang");
  await beads(town, { title: "one" });
  await quiet(town);
  expect(await reports(town, 1, finished)).toBe("ok");
  expect(await rows(town)).toMatchObject({
    agents: [{ status: "idle", beadId: null }],
    beads: [{ status: "in_review" }],
  });
});

test("a stale fence changes nothing, whatever it says, and its first last word is on record", async () => {
  const town = await aTown({ held: true });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, failed("lost"));
  await timePasses(town);
  await alarm(town);
  const before = await rows(town);
  expect(before.agents).toMatchObject([{ status: "working", fence: 2 }]);
  const words = [heartbeat, { kind: "progress", message: "hello" }, { kind: "log", text: "hello" }] as const;
  for (const told of [...words, finished, finished, failed()]) expect(await reports(town, 1, told)).toBe("fenced");
  const after = await rows(town);
  for (const table of ["agents", "beads", "effects"] as const) expect(after[table]).toEqual(before[table]);
  const [first, ...others] = before.attempts;
  expect(after.attempts).toEqual([{ ...first, refusedAtMs: expect.any(Number) }, ...others]);
  expect(after.notes).toMatchObject([
    { kind: "refused_report", text: `Fence 1, which was released, reported finished with ${HEAD}. It was refused.` },
  ]);
});

test("the first finish wins: the same again is a duplicate, another one is fenced", async () => {
  const town = await aTown({ held: true });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  expect(await reports(town, 1, finished)).toBe("ok");
  expect(await reports(town, 1, finished)).toBe("duplicate");
  expect(await reports(town, 1, { ...finished, kind: "finished", outputTail: "", head: "c".repeat(40) })).toBe(
    "fenced",
  );
  expect((await rows(town)).attempts.filter(({ kind }) => kind === "landing")).toHaveLength(1);
});
