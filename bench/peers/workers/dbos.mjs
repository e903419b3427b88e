/** DBOS: a bead is one workflow of two steps, which waits for a message after each. */
import { DBOS } from "@dbos-inc/dbos-sdk";
import pg from "pg";
import { serve } from "./serve.mjs";

const PATIENCE = { timeoutSeconds: 300 };

await serve(async ({ url, concurrency, queue, pollMs }, host) => {
  DBOS.setConfig({ name: "peers", systemDatabaseUrl: url, systemDatabasePoolSize: 20, logLevel: "error" });
  const bead = DBOS.registerWorkflow(
    async (id) => {
      await DBOS.runStep(() => host.start(id, "bead"), { name: "start" });
      await DBOS.recv("finished", PATIENCE);
      await DBOS.runStep(() => host.land(id), { name: "land" });
      await DBOS.recv("landed", PATIENCE);
    },
    { name: "bead" },
  );
  const one = DBOS.registerWorkflow(
    async (id, work) => {
      await DBOS.runStep(() => host.start(id, work), { name: "start" });
    },
    { name: "one" },
  );
  await DBOS.launch();
  if (queue)
    await DBOS.registerQueue("work", {
      workerConcurrency: concurrency,
      onConflict: "always_update",
      ...(pollMs && { minPollingIntervalMs: pollMs }),
    });
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  const where = queue ? { queueName: "work" } : {};
  return {
    enqueue: (ids, work) =>
      Promise.all(
        ids.map((id) =>
          work === "bead"
            ? DBOS.startWorkflow(bead, { workflowID: id, ...where })(id)
            : DBOS.startWorkflow(one, { workflowID: id, ...where })(id, work),
        ),
      ),
    heard: (id, kind) => DBOS.send(id, true, kind, `${id} ${kind}`),
    left: async () => {
      const text =
        "select count(*)::int as n from dbos.workflow_status where status not in ('SUCCESS', 'ERROR', 'CANCELLED')";
      return (await pool.query(text)).rows[0].n;
    },
  };
});
