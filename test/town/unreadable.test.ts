/** A row that can't be read is named and set aside, and stops nobody: no pass, no request, no other row. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { checkedTables } from "../../src/unreadable/checks.ts";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  aTown,
  beads,
  finished,
  heartbeat,
  landed,
  ok,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  violations,
} from "./town.ts";

vi.spyOn(console, "error").mockImplementation(() => undefined);

interface Item {
  kind: string;
  target: { type: string; id: string };
  what: string;
  verb: { method: string; path: string; body: object | null };
}
const items = async ({ name }: TestTown, kind = "unreadable"): Promise<Item[]> =>
  (await json(await call("GET", `/v1/towns/${name}/attention`))).items.filter((item: Item) => item.kind === kind);

/** Nothing stands in the way of a bead that has to do with none of what is damaged. */
async function expectOthersToWork(town: TestTown): Promise<void> {
  await anAgent(town, "bob", "accept");
  const [bead] = await beads(town, { title: "another" });
  await quiet(town);
  expect((await rows(town)).beads.find(({ id }) => id === bead)).toMatchObject({ status: "in_progress" });
}

test("an agent whose env is damaged is disabled and named; others work, and what is given again counts", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept", { env: { KEY: "v" } });
  await tamper(town, `UPDATE agents SET env = '{"KEY": "s3cret'`);
  await beads(town, { title: "first" });
  await expectOthersToWork(town);
  const [item, ...more] = await items(town);
  expect(more).toEqual([]);
  expect(item).toMatchObject({
    target: { type: "agent", id: "ada" },
    what: expect.stringContaining("its env is no JSON"),
  });
  expect(JSON.stringify(item)).not.toContain("s3cret");
  expect((await rows(town)).agents[0]).toMatchObject({ id: "ada", enabled: false, env: {}, command: ["accept"] });
  const at = `/v1/towns/${town.name}`;
  expect(await json(await call("GET", `${at}/unreadable`))).toMatchObject({
    items: [{ table: "agents", row: "ada", values: { env: "***" } }],
    nextCursor: null,
  });
  expect(await json(await call("PATCH", `${at}/agents/ada`, { env: { KEY: "v" }, enabled: true }))).toMatchObject({
    status: "idle",
    enabled: true,
  });
  const { verb } = item as Item;
  expect((await call(verb.method, verb.path, verb.body ?? undefined)).status).toBe(200);
  expect((await call(verb.method, verb.path, verb.body ?? undefined)).status).toBe(404);
  expect(await items(town)).toEqual([]);
  expect(await violations(town)).toEqual([]);
});

test("a PATCH of the damaged row itself, and of any other, is done", async () => {
  const town = await aTown();
  await beads(town, { title: "one" }, { title: "two" });
  await tamper(town, "UPDATE beads SET labels = 'x', metadata = '[1' WHERE id = 'lib-1'");
  const at = `/v1/towns/${town.name}/beads`;
  expect(await json(await call("PATCH", `${at}/lib-1`, { priority: 1 }))).toMatchObject({ priority: 1, labels: [] });
  expect(await json(await call("PATCH", `${at}/lib-2`, { priority: 3 }))).toMatchObject({ priority: 3 });
  expect(await items(town)).toMatchObject([{ target: { type: "bead", id: "lib-1" } }]);
});

test("a list that can't be read is read after all", async () => {
  const town = await aTown();
  await beads(town, { title: "one" });
  await tamper(town, "UPDATE beads SET touches = '{'");
  expect(ok(await town.client().query("list-beads", { limit: 10 })).items).toHaveLength(1);
});

test("a rig whose gate is lost lands nothing before somebody has given it again", async () => {
  const town = await aTown({ gate: ["accept"] });
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const [attempt] = (await rows(town)).attempts;
  await reports(town, attempt?.fence ?? 0, heartbeat);
  await tamper(town, "UPDATE rigs SET gate = '[\"npm'");
  await reports(town, attempt?.fence ?? 0, finished);
  const after = await rows(town);
  expect(ok(await town.client().query("list-rigs", {})).items[0]).toMatchObject({
    gate: null,
    paused: { by: "townkeeper" },
  });
  expect(after.beads[0]).toMatchObject({ status: "in_review" });
  expect(after.attempts.filter(({ kind }) => kind === "landing")).toEqual([]);
  const at = `/v1/towns/${town.name}/rigs/lib`;
  await call("PATCH", at, { gate: ["accept"], paused: null });
  // What came to nothing is held back for a moment.
  const landingOf = async () => (await rows(town)).attempts.find(({ kind }) => kind === "landing");
  await expect
    .poll(async () => (await alarm(town)) && (await landingOf()) !== undefined, { timeout: 5_000 })
    .toBe(true);
  const landing = await landingOf();
  await reports(town, landing?.fence ?? 0, landed);
  expect((await rows(town)).beads[0]).toMatchObject({ status: "closed" });
  expect(await violations(town)).toEqual([]);
});

test.each([
  ["open", "UPDATE beads SET status = 'dreaming'", { status: "failed", lastFailure: { code: "unreadable" } }],
  ["at work", "UPDATE beads SET status = 'dreaming'", { status: "in_progress" }],
  ["at work", "UPDATE agents SET status = 'napping'", { status: "in_progress" }],
  ["at work", "UPDATE attempts SET state = 'levitating'", { status: "in_progress" }],
])("a word that this release does not know, of a bead that is %s (%s): what is so decides", async (when, sql, bead) => {
  const town = await aTown();
  if (when === "at work") await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const before = await rows(town);
  await tamper(town, sql);
  ok(await town.stub().reconcile());
  const after = await rows(town);
  expect(after.beads[0]).toMatchObject(bead);
  expect(after.agents.map(({ status }) => status)).toEqual(before.agents.map(({ status }) => status));
  expect(after.attempts.map(({ state }) => state)).toEqual(before.attempts.map(({ state }) => state));
  const found = await items(town);
  expect(found).toHaveLength(1);
  expect(found[0]?.what).toMatch(/is '(dreaming|napping|levitating)', which this release does not know/);
  expect(await violations(town)).toEqual([]);
});

test("another release looks through what was written by this one, once, and says what it does not know", async () => {
  const town = await aTown();
  await beads(town, { title: "one" }, { title: "two" });
  await tamper(town, "UPDATE beads SET status = 'dreaming' WHERE id = 'lib-1'");
  await tamper(town, "UPDATE town SET checked_as = 'another'");
  await alarm(town);
  await beads(town, { title: "three" });
  expect(await items(town)).toMatchObject([{ target: { id: "lib-1" } }]);
  expect((await rows(town)).town?.checkedAs).not.toBe("another");
});

test("a date that is none is let go of, and so is what was paused by words that can't be read: it stays paused", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await tamper(town, "UPDATE agents SET not_before_ms = 'tomorrow', created_at_ms = 1e300");
  await tamper(town, "UPDATE town SET paused = '{\"why\": 5'");
  ok(await town.stub().reconcile());
  await beads(town, { title: "one" });
  const after = await rows(town);
  expect(after.agents[0]).toMatchObject({ notBeforeMs: 0, createdAtMs: 0, status: "idle" });
  expect(after.town?.paused).toMatchObject({ by: "townkeeper" });
  expect((await items(town)).map(({ target }) => target.type).sort()).toEqual(["agent", "town"]);
});

/** Unless the value is well there, as a column takes it: `1e300` is a text among texts. */
const damage = ({ stub }: TestTown, update: string, bad: string) =>
  runInDurableObject(stub(), (_town, { storage }) => {
    const undo = new Error("undo");
    try {
      storage.transactionSync(() => {
        storage.sql.exec(update);
        if (storage.sql.exec(`SELECT 1 FROM ${bad}`).toArray().length === 0) throw undo;
      });
    } catch (error) {
      if (error !== undo) throw error;
    }
  });

const BROKEN = ["'{broken'", "x'00ff'", "1e300", "'[1]'"];

/** Every column of every table, each with what can't stand there; what a town says and does with it. */
test.each(checkedTables.map((table) => [table.name, table] as const))(
  "whatever stands in any column of %s, the town goes on and answers",
  { timeout: 180_000 },
  async (name, { checks }) => {
    const town = await aTown();
    await anAgent(town, "ada", "accept");
    await anAgent(town, "eve", "refuse");
    await beads(town, { title: "one" }, { title: "two" }, { title: "three" });
    await quiet(town);
    const [live] = (await rows(town)).attempts;
    await reports(town, live?.fence ?? 0, heartbeat);
    const stub = town.stub();
    const client = town.client();
    for (const { column, isBad } of checks)
      for (const value of BROKEN) {
        await damage(town, `UPDATE OR IGNORE "${name}" SET "${column}" = ${value}`, `"${name}" WHERE ${isBad}`);
        const whole = [
          "read-attention",
          "read-health",
          "read-town",
          "list-rigs",
          "list-agents",
          "list-providers",
        ] as const;
        const paged = ["list-attempts", "list-beads", "list-incidents", "list-ticks"] as const;
        const asked = [
          stub.reconcile(),
          ...whole.map((name) => client.query(name, {})),
          ...paged.map((name) => client.query(name, { limit: 9 })),
        ];
        for (const answer of await Promise.all(asked as Promise<{ ok: boolean }>[]))
          expect(answer, `${name}.${column} = ${value}`).toMatchObject({ ok: true });
      }
    await quiet(town);
    const broken = (await violations(town)).filter(({ invariant }) => !/^S[58]/.test(invariant));
    expect(broken).toEqual([]);
  },
);
