import { expect, test } from "vitest";
import type { SqlEngine } from "../../sim/engine.ts";
import { nodeEngine } from "../../sim/node-engine.ts";
import { simulate } from "../../sim/simulate.ts";

const drain = () => new Promise<void>((resolve) => setImmediate(resolve));

test.each([
  { seed: 3, hours: 3 },
  { seed: 4, hours: 2, restless: true, joined: true },
  { seed: 5, hours: 1, troubled: true },
])("seed $seed: the checks are never answered otherwise than by the rows as they are now", async (wish) => {
  const engine = nodeEngine();
  let wrong: string | null = null;
  let asked = 0;
  const compared: SqlEngine = {
    sql: engine.sql,
    transactionSync: (body) => engine.transactionSync(body),
    looks: {
      exec: (query, ...bindings) => {
        const answer = engine.looks.exec(query, ...bindings);
        if (/\b(insert|update|delete)\b/i.test(query)) return answer;
        asked++;
        const fresh = engine.sql.exec(query, ...bindings);
        if (JSON.stringify(answer.raw().toArray()) !== JSON.stringify(fresh.raw().toArray())) wrong ??= query;
        return answer;
      },
    },
  };
  const outcome = await simulate({ ...wish, engine: compared, drain });
  expect(wrong).toBeNull();
  expect(outcome.violations).toEqual([]);
  expect(asked).toBeGreaterThan(1_000);
  engine.close();
});

const count = "SELECT count(*) AS n FROM beads";
const lives = "SELECT next_wake_at_ms AS wake FROM town";

test("an answer is kept until its rows may have changed: by a write, and by one that was taken back", () => {
  const engine = nodeEngine();
  const ask = () => engine.looks.exec(lives).toArray();
  engine.sql.exec("INSERT INTO town (id, name, created_at_ms, settings) VALUES (1, 'x', 0, '{}')");
  const first = ask();
  expect(ask()).toBe(first);
  engine.sql.exec("UPDATE town SET name = 'y'");
  engine.looks.exec(count);
  expect(ask()).toBe(first);
  engine.sql.exec("UPDATE town SET next_wake_at_ms = 5");
  expect(ask()).toEqual([{ wake: 5 }]);
  expect(() =>
    engine.transactionSync(() => {
      engine.sql.exec("UPDATE town SET next_wake_at_ms = 6");
      expect(ask()).toEqual([{ wake: 6 }]);
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(ask()).toEqual([{ wake: 5 }]);
  engine.sql.exec("CREATE TRIGGER t AFTER UPDATE OF name ON town BEGIN UPDATE town SET next_wake_at_ms = 7; END");
  engine.sql.exec("UPDATE town SET name = 'z'");
  expect(ask()).toEqual([{ wake: 7 }]);
  engine.close();
});
