/** A year in workerd, over the platform's own storage: rows are counted by whoever bills them. Started by bench/year.ts. */
import { DurableObject } from "cloudflare:workers";
import migrations from "../../migrations/migrations.js";
import type { Value } from "../engine.ts";
import type { Life } from "./figures.ts";
import { type Meter, YearWorld } from "./world.ts";

interface Env {
  YEAR: DurableObjectNamespace<YearDO>;
}

/** Longer than any chain of promises in the town. */
async function drain(): Promise<void> {
  for (let turn = 0; turn < 32; turn++) await null;
}

function meterOf(storage: DurableObjectStorage): Meter {
  for (const name of Object.keys(migrations.migrations).sort())
    for (const statement of (migrations.migrations as Record<string, string>)[name]?.split(
      "--> statement-breakpoint",
    ) ?? [])
      storage.sql.exec(statement);
  let cursors: Pick<SqlStorageCursor<Record<string, SqlStorageValue>>, "rowsRead" | "rowsWritten">[] = [];
  return {
    sql: {
      exec: (query: string, ...bindings: Value[]) => {
        const cursor = storage.sql.exec(query, ...bindings);
        cursors.push(cursor);
        return cursor as never;
      },
    },
    transactionSync: (body) => storage.transactionSync(body),
    take() {
      const sum = { statements: cursors.length, rowsRead: 0, rowsWritten: 0 };
      for (const { rowsRead, rowsWritten } of cursors) {
        sum.rowsRead += rowsRead;
        sum.rowsWritten += rowsWritten;
      }
      cursors = [];
      return sum;
    },
    bytes: () => storage.sql.databaseSize,
  };
}

const WEEK = 7;

export class YearDO extends DurableObject<Env> {
  /** A line for each week, as it ends: whoever waits for an answer does not wait for long. */
  override async fetch(request: Request): Promise<Response> {
    const life = (await request.json()) as Life;
    const world = new YearWorld(life, meterOf(this.ctx.storage));
    let day = 0;
    const weeks = new ReadableStream<string>({
      async pull(controller) {
        day = Math.min(day + WEEK, life.days);
        controller.enqueue(`${JSON.stringify({ day, figures: await world.live(day, drain) })}\n`);
        if (day === life.days) controller.close();
      },
    });
    return new Response(weeks.pipeThrough(new TextEncoderStream()));
  }
}

export default {
  fetch: (request, env) => env.YEAR.get(env.YEAR.newUniqueId()).fetch(request),
} satisfies ExportedHandler<Env>;
