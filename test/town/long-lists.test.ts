/** Lists and checks of a town with a long history go by page, and miss nothing by it. */
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import { anAgent, aTown, beads, quiet, type TestTown, tamper, violations } from "./town.ts";

const BEADS = 9_000;

/** The newest is at work; of the others some are open, blocked, parked, cancelled or records, far apart. */
async function longTown(): Promise<TestTown> {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await call("POST", `/v1/towns/${town.name}/rigs`, { id: "app", repoUrl: "/nowhere.git" });
  await tamper(
    town,
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      INSERT INTO beads (id, seq, rig_id, title, body, type, priority, status, blocked_by, labels, created_at_ms, updated_at_ms, closed_at_ms)
      SELECT 'lib-' || i, i, CASE WHEN i % 701 = 3 THEN 'app' ELSE 'lib' END, 'work', CASE WHEN i % 1701 = 5 THEN 'a NEEDLE' ELSE '' END,
        CASE WHEN i % 1501 = 7 THEN 'record' ELSE 'task' END, 2,
        CASE i % 1501 WHEN 7 THEN 'open' WHEN 8 THEN 'failed' WHEN 9 THEN 'cancelled' WHEN 10 THEN 'open' ELSE 'closed' END,
        i % 1501 IN (7, 10), CASE WHEN i % 2801 = 4 THEN '["rare"]' ELSE '[]' END, i, i, i FROM n`,
    BEADS,
  );
  // Some have gone.
  await tamper(
    town,
    "DELETE FROM beads WHERE seq BETWEEN 100 AND 4500 AND seq % 50 > 0 AND status = 'closed' AND labels = '[]'",
  );
  await tamper(
    town,
    'UPDATE beads SET hold = \'{"by":"me","why":"","sinceMs":1}\' WHERE status = \'open\' AND type = \'task\'',
  );
  await tamper(
    town,
    "UPDATE town SET last_bead = ?, pruning = json_object('lookedAtMs', 1, 'facts', 0, 'beads', json('{\"untilMs\":1,\"oldestMs\":null}'), 'logs', json('{\"untilMs\":1,\"oldestMs\":null}'), 'look', NULL, 'gone', json_object('beads', ? - (SELECT count(*) FROM beads), 'attempts', 0, 'throughMs', 1))",
    BEADS,
    BEADS,
  );
  await beads(town, { title: "the newest" });
  await quiet(town);
  return town;
}

interface Listed {
  id: string;
  status: string;
  rig: string;
  body: string;
  labels: string[];
  type: string;
  updatedAt: string;
}

/** All of a list, and how many pages it took. */
async function whole({ name }: TestTown, words: string): Promise<{ items: Listed[]; pages: number }> {
  const items: Listed[] = [];
  let pages = 0;
  for (let next: string | null = ""; next !== null; pages++) {
    const page = await json(await call("GET", `/v1/towns/${name}/beads?limit=200${words}${next && `&cursor=${next}`}`));
    expect(page).toMatchObject({ status: 200 });
    items.push(...page.items);
    next = page.nextCursor;
  }
  return { items, pages };
}

const idsOf = (items: readonly Listed[]) => items.map(({ id }) => id);

test("a list that is read to its end has all that is wanted, in order, however far apart it lies", async () => {
  const town = await longTown();
  const { items: all } = await whole(town, "");
  const wanted: Record<string, (bead: Listed) => boolean> = {
    "&status=open": ({ status }) => status === "open",
    "&status=in_progress": ({ status }) => status === "in_progress",
    "&status=in_review": ({ status }) => status === "in_review",
    "&status=parked": ({ status }) => status === "failed",
    "&status=cancelled": ({ status }) => status === "cancelled",
    "&status=cancelled,open,parked": ({ status }) => ["cancelled", "open", "failed"].includes(status),
    "&status=closed&rig=app": ({ status, rig }) => status === "closed" && rig === "app",
    "&status=open&label=rare": ({ status, labels }) => status === "open" && labels.includes("rare"),
    "&rig=app": ({ rig }) => rig === "app",
    "&label=rare": ({ labels }) => labels.includes("rare"),
    "&text=needle": ({ body }) => body.includes("NEEDLE"),
    "&text=nowhere": () => false,
    "&agent=ada": ({ status }) => status === "in_progress",
    "&agent=ada&status=open": () => false,
    "&convoy=none": () => false,
    "&since=1970-01-01T00:00:08.900Z": ({ updatedAt }) => Date.parse(updatedAt) >= 8_900,
  };
  expect(all.filter(({ status }) => status === "in_progress")).toHaveLength(1);
  for (const [words, isWanted] of Object.entries(wanted)) {
    const { items, pages } = await whole(town, words);
    expect(idsOf(items), words).toEqual(idsOf(all.filter(isWanted)));
    expect(pages, words).toBeLessThanOrEqual(30);
  }
  expect((await whole(town, "&text=nowhere")).pages).toBeGreaterThan(4);

  const lines = (await (await call("GET", `/v1/towns/${town.name}/beads:export?rig=app`)).text()).trim().split("\n");
  const exported = lines.map((line) => (JSON.parse(line) as { id: string }).id);
  expect(exported).toEqual(idsOf(all.filter(({ rig }) => rig === "app")).toReversed());
  const counted = await json(await call("GET", `/v1/towns/${town.name}`));
  const of = (status: string) => all.filter((bead) => bead.type !== "record" && bead.status === status).length;
  const records = all.filter(({ type }) => type === "record").length;
  expect(counted.beads).toEqual({
    ...{ total: all.length - records, records },
    ...{
      open: of("open"),
      in_progress: 1,
      in_review: 0,
      closed: of("closed"),
      failed: of("failed"),
      cancelled: of("cancelled"),
    },
  });
}, 120_000);

test("what is wrong deep in the history is found, once, and what is right is not told", async () => {
  const town = await longTown();
  expect(await violations(town)).toEqual([]);
  await tamper(town, "UPDATE beads SET blocked_by = 3 WHERE id = 'lib-6000'");
  await tamper(town, "UPDATE beads SET status = 'in_progress' WHERE id = 'lib-4950'");
  await tamper(
    town,
    "INSERT INTO convoys (id, seq, title, state, on_failure, created_at_ms) SELECT 'c-' || value, value, '', 'closed', 'block', 1 FROM json_each('[1,2,3]')",
  );
  await tamper(town, "UPDATE convoys SET state = 'running' WHERE id = 'c-2'");
  expect(await violations(town)).toEqual([
    { invariant: "S4 a bead in progress is on the hook of its agent", detail: "bead lib-4950" },
    { invariant: "blocked counts are the open blockers", detail: "bead lib-6000" },
    { invariant: "a convoy is over when all its members are, and only then", detail: "convoy c-2 is running" },
  ]);
}, 120_000);
