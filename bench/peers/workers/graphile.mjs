/** Graphile Worker: a task that starts and a task that lands; a report of the one makes a job of the other. */
import { consoleLogFactory, Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";
import { serve } from "./serve.mjs";

await serve(async ({ url, concurrency, unlock }, host) => {
  const pgPool = new pg.Pool({ connectionString: url, max: concurrency + 2 });
  const quiet = new Logger((scope) => (level, message, meta) => {
    if (level === "error") consoleLogFactory(scope)(level, message, meta);
  });
  const utils = await makeWorkerUtils({ pgPool, logger: quiet });
  await utils.migrate();
  await pgPool.query("create table if not exists closed (bead text primary key)");
  if (unlock) await unlockTheDead(pgPool);
  await run({
    pgPool,
    noHandleSignals: true,
    preset: { worker: { concurrentJobs: concurrency, localQueue: { size: concurrency + 1 }, logger: quiet } },
    taskList: {
      start: ({ bead, work }) => host.start(bead, work),
      land: ({ bead }) => host.land(bead),
    },
  });
  const add = "select graphile_worker.add_job('land', json_build_object('bead', $1::text), job_key := $1)";
  return {
    enqueue: (beads, work) =>
      utils.addJobs(beads.map((bead) => ({ identifier: "start", payload: { bead, work }, jobKey: `${bead} ${work}` }))),
    heard: (bead, kind) =>
      pgPool.query(kind === "finished" ? add : "insert into closed values ($1) on conflict do nothing", [bead]),
    left: async () => (await pgPool.query("select count(*)::int as n from graphile_worker.jobs")).rows[0].n,
  };
});

/** What its manual has for workers that are known to be dead; before ours begins, all are. */
async function unlockTheDead(pgPool) {
  await pgPool.query(
    "select graphile_worker.force_unlock_workers(array(select distinct locked_by from graphile_worker.jobs where locked_by is not null))",
  );
}
