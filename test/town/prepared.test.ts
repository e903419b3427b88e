/** A prepared query is built once for all databases, and each of them reads and writes its own rows through it. */
import { runInDurableObject } from "cloudflare:test";
import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openDb, type Tx } from "../../src/db/client.ts";
import { beads, effects, rigs, town } from "../../src/db/schema.ts";
import { prepared, slot } from "../../src/db/statements.ts";
import { aTown, crash, type TestTown } from "./town.ts";

let builds = 0;
const named = prepared((tx) => {
  builds++;
  return tx
    .select({ name: town.name, fence: town.lastFence })
    .from(town)
    .where(eq(town.id, slot("id")))
    .prepare();
});
const raised = prepared((tx) =>
  tx
    .update(town)
    .set({ lastFence: sql`${town.lastFence} + ${slot("by")}` })
    .prepare(),
);

const inside = <T>({ stub }: TestTown, callback: (tx: Tx) => T): Promise<T> =>
  runInDurableObject(stub(), (_town, { storage }) => openDb(storage).transaction(callback));

test("each database has its own rows, in transactions and savepoints, and after its object woke anew", async () => {
  const [one, two] = [await aTown(), await aTown()];
  const own = (tx: Tx) => named(tx).get({ id: 1 });
  expect(await inside(one, own)).toEqual({ name: one.name, fence: 0 });
  expect(await inside(two, own)).toEqual({ name: two.name, fence: 0 });

  await inside(one, (tx) => {
    raised(tx).run({ by: 2 });
    const undone = () =>
      tx.transaction((savepoint) => {
        raised(savepoint as unknown as Tx).run({ by: 5 });
        throw new Error("undone");
      });
    expect(undone).toThrow("undone");
    expect(own(tx)).toEqual({ name: one.name, fence: 2 });
  });
  expect(await inside(two, own)).toEqual({ name: two.name, fence: 0 });

  for (const town of [one, two]) await crash(town);
  expect(await inside(two, own)).toEqual({ name: two.name, fence: 0 });
  expect(await inside(one, own)).toEqual({ name: one.name, fence: 2 });
  expect(builds).toBe(1);
});

const written = prepared((tx) =>
  tx
    .insert(effects)
    .values({ id: slot("id"), action: "dispatch_agent", payload: slot<unknown>("payload"), fence: 1, dueAtMs: 5 })
    .returning({ payload: effects.payload, raw: sql<string>`payload`, dueAtMs: effects.dueAtMs })
    .prepare(),
);

test("a value is stored and read as its column says, what SQL computes comes as it is, and a slot is never left open", async () => {
  const town = await aTown();
  const answers = await inside(town, (tx) => ({
    object: written(tx).get({ id: 1, payload: { agentId: "ada" } }),
    text: written(tx).all({ id: 2, payload: "ada" }),
    values: written(tx).values({ id: 3, payload: [1] }),
    none: named(tx).get({ id: 7 }),
    all: named(tx).all({ id: 7 }),
    nulls: tx.select({ hold: beads.hold, failure: beads.lastFailure }).from(beads).all(),
  }));
  expect(answers).toEqual({
    object: { payload: { agentId: "ada" }, raw: '{"agentId":"ada"}', dueAtMs: 5 },
    text: [{ payload: "ada", raw: '"ada"', dueAtMs: 5 }],
    values: [["[1]", "[1]", 5]],
    none: undefined,
    all: [],
    nulls: [],
  });
  await expect(inside(town, (tx) => written(tx).get({ id: 4 }))).rejects.toThrow('No value for placeholder "payload"');
});

test("a join that chooses no columns answers with a row of each table, and can't be prepared", async () => {
  const town = await aTown();
  const join = (tx: Tx) => tx.select().from(rigs).leftJoin(beads, eq(beads.rigId, rigs.id));
  const found = await inside(town, (tx) => join(tx).all());
  expect(found).toMatchObject([{ rigs: { id: "lib", paused: null }, beads: null }]);
  const whole = prepared((tx) => join(tx).prepare());
  await expect(inside(town, (tx) => whole(tx).all())).rejects.toThrow("names its columns");
});

const noted = prepared((tx) =>
  tx
    .insert(beads)
    .values({
      id: slot("id"),
      seq: slot("seq"),
      rigId: "lib",
      title: slot("title"),
      type: "task",
      priority: 2,
      status: "failed",
      body: slot("body"),
      createdAtMs: slot("atMs"),
      updatedAtMs: 1,
    })
    .returning({ title: beads.title, body: beads.body, atMs: beads.createdAtMs, hold: beads.hold })
    .prepare(),
);
const found = prepared((tx) =>
  tx
    .select({ title: beads.title, body: beads.body, atMs: beads.createdAtMs, hold: beads.hold, labels: beads.labels })
    .from(beads)
    .where(eq(beads.id, slot("id")))
    .prepare(),
);

const AWKWARD = [
  ["quotes", `"it's" \\ / \\" {"a": [1]}`, '["not", "parsed"]', 0],
  ["controls", "\u0000a\u0001\u001f\u007f\n\r\t\u2028\u2029", "\u0000", -1],
  ["letters", "Zürich 東京 🏘️", "e\u0301", Number.MAX_SAFE_INTEGER],
  ["numbers", "1e5", "-0", 0.1 + 0.2],
  ["great", "", "x".repeat(100_000), 1e300],
] as const;

test("a row is the same however it comes: texts, numbers, nothing, and bytes where something has spoilt it", async () => {
  const town = await aTown();
  await inside(town, (tx) => {
    for (const [index, [id, title, body, atMs]] of AWKWARD.entries()) {
      const row = { title, body, atMs, hold: null };
      expect(noted(tx).get({ id, seq: 100 + index, title, body, atMs })).toEqual(row);
      expect(found(tx).all({ id })).toEqual([{ ...row, labels: [] }]);
      expect(found(tx).values({ id })).toEqual([[title, body, atMs, null, "[]"]]);
    }
    tx.run(sql`UPDATE beads SET body = x'00ff', created_at_ms = 9e999 WHERE id = 'quotes'`);
    const spoilt = found(tx).get({ id: "quotes" });
    expect(new Uint8Array(spoilt?.body as unknown as ArrayBuffer)).toEqual(new Uint8Array([0, 255]));
    expect(spoilt).toMatchObject({ title: AWKWARD[0][1], atMs: Number.POSITIVE_INFINITY, hold: null });
    expect(found(tx).get({ id: "nobody" })).toBeUndefined();
    throw new Error("undone");
  }).catch((error) => expect(error.message).toBe("undone"));
});
