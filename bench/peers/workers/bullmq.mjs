/** BullMQ: a queue of starts and a queue of landings; a report of the one makes a job in the other. */
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { serve } from "./serve.mjs";

await serve(async ({ connection: where, concurrency }, host) => {
  // `null`: its own advice for workers, which wait for Redis to come back.
  const connection = { ...where, maxRetriesPerRequest: null };
  const defaultJobOptions = {
    attempts: 3,
    backoff: { type: "exponential", delay: 1_000 },
    removeOnComplete: { count: 1_000 },
  };
  const [starts, landings] = ["starts", "landings"].map((name) => new Queue(name, { connection, defaultJobOptions }));
  const records = new Redis(connection);
  const options = { connection, concurrency };
  const workers = [
    new Worker("starts", ({ data: { bead, work } }) => host.start(bead, work), options),
    new Worker("landings", ({ data: { bead } }) => host.land(bead), options),
  ];
  for (const worker of workers) worker.on("error", (error) => console.error(error));
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  const waiting = (queue) => queue.getJobCountByTypes("waiting", "active", "delayed", "prioritized");
  return {
    enqueue: (beads, work) =>
      starts.addBulk(beads.map((bead) => ({ name: work, data: { bead, work }, opts: { jobId: bead } }))),
    heard: (bead, kind) =>
      kind === "finished" ? landings.add("land", { bead }, { jobId: bead }) : records.sadd("closed", bead),
    left: async () => (await waiting(starts)) + (await waiting(landings)),
  };
});
