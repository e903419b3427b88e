/** The same worlds over the platform's own storage: every statement, parameter and row is the same. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, inject, test } from "vitest";
import migrations from "../../migrations/migrations.js";
import type { SqlEngine } from "../../sim/engine.ts";
import { simulate } from "../../sim/simulate.ts";
import { Trace } from "../../sim/trace.ts";

/** Longer than any chain of promises in the town: that it is long enough shows in the hashes, which Node takes between macrotasks. */
async function drain(): Promise<void> {
  for (let turn = 0; turn < 64; turn++) await null;
}

function prepared(storage: DurableObjectStorage): SqlEngine {
  const engine = storage as unknown as SqlEngine;
  for (const name of Object.keys(migrations.migrations).sort())
    for (const statement of (migrations.migrations as Record<string, string>)[name]?.split(
      "--> statement-breakpoint",
    ) ?? [])
      engine.sql.exec(statement);
  return engine;
}

test.each(inject("traces"))(
  "seed $seed is the same run in workerd: $entries statements in $steps steps",
  async (expected) => {
    const stub = env.TOWN.getByName(`trace-${expected.seed}`);
    const got = await runInDurableObject(stub, async (_town, { storage }) => {
      const trace = new Trace(prepared(storage));
      const outcome = await simulate({ seed: expected.seed, hours: expected.hours, engine: trace, drain });
      return { hash: trace.hash, entries: trace.entries, steps: outcome.steps, violations: outcome.violations };
    });
    const { hash, entries, steps } = expected;
    expect(got).toEqual({ hash, entries, steps, violations: [] });
  },
);
