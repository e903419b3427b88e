import { expect, test } from "vitest";
import { nodeEngine } from "../../sim/node-engine.ts";
import { HISTORY_KEPT, keepIncident } from "../../src/attempts/incidents.ts";
import { openDb, type Tx } from "../../src/db/client.ts";
import { incidents } from "../../src/db/schema.ts";

test("an incident that goes on is kept, however many come after it; with its end it is the oldest, and goes", () => {
  const engine = nodeEngine();
  const tx = openDb(engine as never) as unknown as Tx;
  const keep = (closedAtMs: number | null) =>
    keepIncident(tx, {
      kind: "starved",
      openedAtMs: 1,
      closedAtMs,
      cause: "nobody can",
      hint: "add one",
      evidence: {},
    });
  const going = keep(null);
  for (let kept = 0; kept < HISTORY_KEPT + 20; kept++) keep(2);
  const ids = () => tx.select({ id: incidents.id }).from(incidents).all();
  expect(ids()).toHaveLength(HISTORY_KEPT + 1);
  expect(ids()).toContainEqual({ id: going.id });
  tx.update(incidents).set({ closedAtMs: 3 }).run();
  keep(2);
  expect(ids()).toHaveLength(HISTORY_KEPT);
  expect(ids()).not.toContainEqual({ id: going.id });
  engine.close();
});
