/** Facts that can't be applied, and records that can't be written: what is kept of them, and what they cost. */
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  aTown,
  beads,
  failed,
  finished,
  keepsEverything,
  landed,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  timePasses,
  violations,
} from "./town.ts";

const at = (town: TestTown, path: string) => `/v1/towns/${town.name}/quarantine${path}`;

/** So many facts that nobody can apply, tried for the last time now. */
async function poisoned(town: TestTown, count: number, chars = 2): Promise<void> {
  await tamper(
    town,
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO events (type, payload, received_at_ms, tries, due_at_ms) SELECT 'no_such_event', ?, 1, 4, 1 FROM n`,
    count,
    JSON.stringify("x".repeat(chars)),
  );
  await tamper(town, "UPDATE town SET events_received = events_received + ?", count);
  while ((await rows(town)).events.some(({ quarantinedAtMs }) => quarantinedAtMs === null))
    await town.stub().reconcile();
}

test("what can't be applied is listed by pages, and dismissed one by one or all at once", async () => {
  const town = await aTown();
  await poisoned(town, 5, 3_000);
  const first = await json(await call("GET", at(town, "?limit=3")));
  expect(first.items.map(({ id }: { id: number }) => id)).toEqual([5, 4, 3]);
  expect(first.items[0]).toMatchObject({
    type: "no_such_event",
    tries: 5,
    error: "no event is called no_such_event",
    truncated: true,
    receivedAt: "1970-01-01T00:00:00.001Z",
  });
  expect(first.items[0].payload).toHaveLength(2_000);
  const rest = await json(await call("GET", at(town, `?limit=3&cursor=${first.nextCursor}`)));
  expect(rest).toMatchObject({ items: [{ id: 2 }, { id: 1 }], nextCursor: null });

  expect(await json(await call("DELETE", at(town, "/4")))).toMatchObject({ status: 200, dismissed: 1 });
  expect(await json(await call("DELETE", at(town, "/4")))).toMatchObject({ status: 404, code: "not_quarantined" });
  expect(await json(await call("DELETE", at(town, "/x")))).toMatchObject({ status: 422 });
  expect(await violations(town)).toEqual([]);
  expect(await json(await call("DELETE", at(town, "")))).toMatchObject({ status: 200, dismissed: 4 });
  expect(await json(await call("DELETE", at(town, "")))).toMatchObject({ status: 200, dismissed: 0 });
  expect(await violations(town)).toEqual([]);
});

test("what waits to be tried again is not dismissed", async () => {
  const town = await aTown();
  await tamper(
    town,
    "INSERT INTO events (type, payload, received_at_ms, tries, due_at_ms) VALUES ('no_such_event', '{}', 1, 1, 9e15)",
  );
  await tamper(town, "UPDATE town SET events_received = events_received + 1");
  expect(await json(await call("DELETE", at(town, "/1")))).toMatchObject({ status: 404 });
  expect(await json(await call("DELETE", at(town, "")))).toMatchObject({ dismissed: 0 });
  expect((await rows(town)).events).toHaveLength(1);
});

test.each([
  ["in number", 230, 2, 200],
  ["in bytes", 30, 100_000, 10],
  ["but for the newest", 2, 1_500_000, 1],
])(
  "the quarantine is bounded %s: the oldest go, and every event is accounted for",
  async (_what, count, chars, left) => {
    const town = await aTown();
    await poisoned(town, count, chars);
    const { events } = await rows(town);
    expect(events.map(({ id }) => id)).toEqual(Array.from({ length: left }, (_, n) => count - left + n + 1));
    expect(await violations(town)).toEqual([]);
  },
);

test("incidents, ticks and outcomes that can't be written cost neither a pass nor a settlement", async () => {
  const town = await aTown({ settings: { ...keepsEverything, backoffBaseMs: 60_000 } });
  for (const table of ["incidents", "ticks"])
    for (const verb of ["INSERT", "UPDATE"])
      await tamper(
        town,
        `CREATE TRIGGER broken_${table}_${verb} BEFORE ${verb} ON ${table} BEGIN SELECT RAISE(ABORT, 'can''t'); END`,
      );
  await anAgent(town, "ada", "refuse");
  await anAgent(town, "bob", "accept");
  await beads(town, { title: "one" }, { title: "two" }, { title: "three" });
  await quiet(town);
  // So often that it would be an incident.
  await tamper(town, "UPDATE beads SET dispatch_failures = 6 WHERE agent_id = 'ada'");
  await timePasses(town);
  await alarm(town);
  const { attempts, town: row } = await rows(town);
  expect(row?.errorStreak).toBe(0);
  const refused = attempts.filter(({ agentId, state }) => agentId === "ada" && state === "released");
  expect(refused.length).toBeGreaterThan(1);
  const run = attempts.find(({ agentId }) => agentId === "bob");
  expect(await reports(town, run?.fence ?? 0, finished)).toBe("ok");
  const landing = (await rows(town)).attempts.find(({ kind }) => kind === "landing");
  expect(await reports(town, landing?.fence ?? 0, landed)).toBe("ok");
  expect((await rows(town)).beads.filter(({ status }) => status === "closed")).toHaveLength(1);
  expect(await violations(town)).toEqual([]);
});

test("a note that can't be written whole is a short one, and the run's end counts", async () => {
  const town = await aTown({ settings: keepsEverything });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  await tamper(
    town,
    "CREATE TRIGGER broken BEFORE INSERT ON bead_notes WHEN NEW.text LIKE '%boom%' BEGIN SELECT RAISE(ABORT, 'no'); END",
  );
  expect(await reports(town, 1, failed())).toBe("ok");
  expect(await rows(town)).toMatchObject({
    beads: [{ status: "open", failures: 1 }, {}],
    notes: [{ kind: "agent_failed", text: "What there was to say could not be written down." }],
    events: [],
  });
  await tamper(town, "CREATE TRIGGER broken_too BEFORE INSERT ON bead_notes BEGIN SELECT RAISE(ABORT, 'no'); END");
  expect(await reports(town, 2, failed())).toBe("ok");
  expect((await rows(town)).notes).toHaveLength(1);
  expect(await violations(town)).toEqual([]);
});

test("what a person says is written with its reason, or not at all", async () => {
  const town = await aTown({ settings: keepsEverything });
  await beads(town, { title: "one" });
  await tamper(town, "CREATE TRIGGER broken BEFORE INSERT ON bead_notes BEGIN SELECT RAISE(ABORT, 'no'); END");
  expect(await town.client().execute("cancel-bead", { bead: "lib-1", reason: "because" })).toMatchObject({ ok: false });
  expect((await rows(town)).beads).toMatchObject([{ status: "open" }]);
});
