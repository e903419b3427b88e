/** What waits for a person: each with its evidence, and with the request that mends it. */
import { expect, test } from "vitest";
import { attention, mend } from "./attention-scene.ts";
import { call, json } from "./http.ts";
import { anAgent, aTown, beads, failed, heartbeat, quiet, reports, rows, tamper, timePasses } from "./town.ts";

const DAY = 86_400_000;

test("a town in which nothing waits for anybody has an empty list", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  expect(await attention(town)).toEqual({ status: 200, items: [], counts: {}, more: 0 });
  expect(await json(await call("GET", "/v1/towns/nowhere/attention"))).toMatchObject({ status: 404 });
  expect(await json(await call("GET", `/v1/towns/${town.name}/attention?limit=3`))).toMatchObject({
    status: 422,
    detail: "(query): there is no limit here: leave it out, or mend its name",
    hint: "After the `?` this address takes nothing.",
  });
});

test("a parked bead, until it is tried again", async () => {
  const town = await aTown({ settings: { agentFailureBudget: 1 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, failed());
  const { items } = await attention(town);
  expect(items).toMatchObject([
    {
      key: "parked:lib-1",
      kind: "parked",
      severity: "warning",
      target: { type: "bead", id: "lib-1" },
      since: expect.stringMatching(/^20/),
      times: 1,
      what: "lib-1 is parked: the agent exited with code 1",
      evidence: { bead: "lib-1", failures: 1, failure: { code: "exit_code" } },
      verb: { method: "POST", path: `/v1/towns/${town.name}/beads/lib-1/retry`, body: {} },
      command: "npm run town -- retry lib-1",
    },
  ]);
  expect(await mend(items[0].verb)).toBe(200);
  expect(await attention(town)).toMatchObject({ items: [] });
});

test("a run that has long stood still, until it is stopped; one that was only nudged is nobody's business", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, heartbeat);
  await tamper(town, "UPDATE attempts SET stall = 1, agent_active_at_ms = ?", Date.now() - 30 * 60_000);
  expect(await attention(town)).toMatchObject({ items: [] });
  await tamper(town, "UPDATE attempts SET agent_active_at_ms = ?", Date.now() - 50 * 60_000);
  await town.stub().reconcile();
  const { items } = await attention(town);
  expect(items).toMatchObject([
    {
      kind: "escalated",
      what: expect.stringContaining("ada on lib-1 has done nothing for 50 min"),
      evidence: { fence: 1 },
    },
  ]);
  expect(await mend(items[0].verb)).toBe(200);
  expect(await attention(town)).toMatchObject({ items: [] });
});

test("a bead that keeps coming back from landing, with why, while it is not over", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  const gate = JSON.stringify({ kind: "agent_failed", code: "gate_failed", message: "3 tests failed", atMs: 1 });
  await tamper(
    town,
    "UPDATE beads SET reworks = 2, last_failure = ?, status = CASE id WHEN 'lib-1' THEN 'in_review' ELSE 'closed' END",
    gate,
  );
  const { items } = await attention(town);
  expect(items).toMatchObject([
    {
      kind: "returned",
      severity: "notice",
      times: 2,
      what: "lib-1 came back from landing 2 times, the last time since the gate failed, and is tried again",
      evidence: { bead: "lib-1", reworks: 2, failure: { message: "3 tests failed" } },
    },
  ]);
  expect(await mend(items[0].verb)).toBe(200);
  expect((await attention(town)).items).toEqual([]);
  expect((await rows(town)).beads[0]).toMatchObject({ status: "in_review", reworks: 0 });
});

const startsFail = (message: string) => JSON.stringify({ kind: "refused", code: "no", message, atMs: 1_000 });

test("tries that come to nothing are told of each bead, in words that are true of them, and no longer than they go on", async () => {
  const town = await aTown();
  await beads(town, { title: "one" }, { title: "two" }, { title: "three" }, { title: "four" });
  const failing = "UPDATE beads SET dispatch_failures = 7, not_before_ms = ?, last_failure = ? WHERE id = ?";
  for (const bead of ["lib-1", "lib-2", "lib-3"])
    await tamper(town, failing, Date.now() + 200_000, startsFail("no"), bead);
  await tamper(town, "UPDATE beads SET status = 'in_review' WHERE id = 'lib-3'");
  for (let n = 1; n <= 14; n++) {
    const bead = n % 2 ? "lib-1" : "lib-2";
    const query = `INSERT INTO attempts (fence, kind, rig_id, bead_id, state, started_at_ms, ended_at_ms, lease_until_ms, last_seq)
      VALUES (?, 'run', 'lib', ?, 'released', ?, ?, 0, ?)`;
    await tamper(town, query, n, bead, 1_000 * n, 1_000 * n, bead === "lib-2" ? 3 : null);
  }
  const repeats = async () =>
    (await attention(town)).items.filter(({ kind }: { kind: string }) => kind === "repeating");
  const items = await repeats();
  expect(items.map(({ what }: { what: string }) => what).sort()).toEqual([
    "7 landings of lib-3 in a row came to nothing: no",
    "7 runs of lib-2 in a row came to nothing: no",
    "lib-1 was started 7 times in a row and never ran: no",
  ]);
  expect(items.map(({ key }: { key: string }) => key).sort()).toEqual([
    "repeating:lib-1",
    "repeating:lib-2",
    "repeating:lib-3",
  ]);
  const [first] = items.filter(({ target }: { target: { id: string } }) => target.id === "lib-1");
  expect(first).toMatchObject({ times: 7, since: "1970-01-01T00:00:01.000Z", nextAt: expect.stringMatching(/^20/) });
  expect(await mend(first.verb)).toBe(200);
  expect((await repeats()).map(({ target }: { target: { id: string } }) => target.id).sort()).toEqual([
    "lib-2",
    "lib-3",
  ]);
  await call("POST", `/v1/towns/${town.name}/beads/lib-2/close`, { reason: "done elsewhere" });
  expect(await repeats()).toMatchObject([{ target: { id: "lib-3" } }]);
});

test("an action that is planned again and again is told of for as long as its bead wants it", async () => {
  const town = await aTown();
  await beads(town, { title: "one" }, { title: "two" });
  const book = Object.fromEntries(
    ["lib-1", "lib-2"].map((bead) => [
      `dispatch_agent ${bead}`,
      { times: 6, sinceMs: 1_000, lastTick: 1, notBeforeMs: Date.now() + 60_000, why: "a bug" },
    ]),
  );
  await tamper(town, "UPDATE town SET repeats = ?", JSON.stringify(book));
  const repeats = async () =>
    (await attention(town)).items.filter(({ kind }: { kind: string }) => kind === "repeating");
  expect(await repeats()).toMatchObject([{ target: { id: "lib-1" }, times: 6 }, { target: { id: "lib-2" } }]);
  await call("POST", `/v1/towns/${town.name}/beads/lib-1/close`, { reason: "done elsewhere" });
  const left = await repeats();
  expect(left).toMatchObject([{ what: "dispatch_agent of lib-2 was planned 6 times and came to nothing: a bug" }]);
  expect(await mend(left[0].verb)).toBe(200);
});

test("a remote's long word is shown once and short, and whole in the evidence", async () => {
  const town = await aTown({ settings: { agentFailureBudget: 1 } });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const message = `remote:\n${"no ".repeat(300)}`;
  await reports(town, 1, { ...failed(), message } as never);
  const { items } = await attention(town);
  expect(items[0].what.length).toBeLessThanOrEqual(360);
  expect(items[0].what).not.toContain("\n");
  expect(items[0].evidence.failure.message).toBe(message);
});

test("an event that could not be applied, until it is dismissed", async () => {
  const town = await aTown();
  await tamper(
    town,
    "INSERT INTO events (type, payload, received_at_ms, tries, due_at_ms) VALUES ('no_such_event', '{}', 1, 4, 1)",
  );
  await tamper(town, "UPDATE town SET events_received = events_received + 1");
  await timePasses(town);
  await town.stub().reconcile();
  expect((await attention(town)).items).toMatchObject([
    {
      kind: "quarantined",
      evidence: { type: "no_such_event", tries: 5 },
      verb: { method: "DELETE", path: `/v1/towns/${town.name}/quarantine/1` },
    },
  ]);
  expect(await mend((await attention(town)).items[0].verb)).toBe(200);
  expect((await attention(town)).items).toEqual([]);
});

test("a bead that somebody has held for more than a week, until it goes on", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  for (const id of ["lib-1", "lib-2"])
    await call("PATCH", `/v1/towns/${town.name}/beads/${id}`, { hold: { why: "the freeze", by: "mia" } });
  await tamper(town, "UPDATE beads SET hold = json_set(hold, '$.sinceMs', ?) WHERE id = 'lib-2'", Date.now() - 8 * DAY);
  const { items } = await attention(town);
  expect(items).toMatchObject([{ kind: "held", what: "lib-2 is held for 8 days by mia: the freeze" }]);
  expect(await mend(items[0].verb)).toBe(200);
  expect(await attention(town)).toMatchObject({ items: [] });
});

test("of each kind the newest are shown, and how many more there are", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  for (let batch = 0; batch < 2; batch++)
    await beads(town, ...Array.from({ length: 150 }, (_, n) => ({ title: `bead ${n}` })));
  await quiet(town);
  await tamper(town, "UPDATE beads SET status = 'failed', closed_at_ms = 1000000 + seq WHERE id <> 'lib-1'");
  const { items, counts, more } = await attention(town);
  expect({ counts, more }).toEqual({ counts: { parked: 299 }, more: 249 });
  expect(items).toHaveLength(50);
  expect(items[0].evidence.bead).toBe("lib-300");
  expect((await rows(town)).attempts).toHaveLength(1);
});

test("a trouble began with the first that was met, and is tried next when something is", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  const first = Date.now();
  await reports(town, 1, failed("auth"));
  await reports(town, 2, failed("auth"));
  const told = async () =>
    (await attention(town)).items.filter(({ kind }: { kind: string }) => kind === "agent_trouble");
  const [item] = await told();
  expect(Date.parse(item.since)).toBeGreaterThanOrEqual(first);
  for (let tries = 3; tries <= 5; tries++) {
    const [before] = await told();
    expect(Date.parse(before.nextAt)).toBeGreaterThan(Date.now());
    await timePasses(town);
    await town.stub().reconcile();
    await quiet(town);
    // It is being tried: nothing comes next before that is over.
    expect(await told()).toMatchObject([{ since: item.since, nextAt: null }]);
    await reports(town, tries, failed("auth"));
    expect(await told()).toMatchObject([{ since: item.since, times: tries }]);
  }
});
