/** A prepared query is built once for all databases, and each of them reads and writes its own rows through it. */
import { runInDurableObject } from "cloudflare:test";
import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openDb, type Tx } from "../../src/db/client.ts";
import { town } from "../../src/db/schema.ts";
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
