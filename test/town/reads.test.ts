/** What a pass reads does not grow with what lies around it. */
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import { anAgent, aTown, quiet, tamper } from "./town.ts";

/** Rows read by the pass that dispatches one bead, in a town with so many open and closed ones. */
async function readsOfOneDispatch(open: number, closed: number): Promise<number> {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  const at = `/v1/towns/${town.name}`;
  await json(await call("PATCH", `${at}/agents/ada`, { enabled: false }));
  const insert = (from: number, count: number, status: string) =>
    tamper(
      town,
      `WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?)
        INSERT INTO beads (id, seq, rig_id, title, body, type, priority, status, created_at_ms, updated_at_ms)
        SELECT 'lib-' || i, i, 'lib', 'work', '', 'task', i % 5, ?, 1, 1 FROM n`,
      from,
      from + count - 1,
      status,
    );
  await insert(1, closed, "closed");
  await insert(closed + 1, open, "open");
  await tamper(town, "UPDATE town SET last_bead = ?", open + closed);
  await json(await call("PATCH", `${at}/agents/ada`, { enabled: true }));
  await quiet(town);
  const { items } = await json(await call("GET", `${at}/ticks`));
  const tick = items.find(({ actions }: { actions: unknown[] }) => actions.length > 0);
  expect(tick.actions).toMatchObject([{ action: "dispatch_agent", outcome: "applied" }]);
  return tick.rowsRead;
}

test("a pass that dispatches one bead reads at most 60 rows, with 100 open beads or 10,000 and 100,000 closed", async () => {
  const few = await readsOfOneDispatch(100, 1_000);
  const many = await readsOfOneDispatch(10_000, 100_000);
  expect(few).toBeLessThanOrEqual(60);
  expect(many).toBe(few);
}, 60_000);
