/** Rigs are looked at several by one statement: each is found once, in order, and costs a step. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { openDb, type Tx } from "../../src/db/client.ts";
import { rigsInReview, rigsWithReady } from "../../src/db/probes.ts";
import { MeteredStorage } from "../../src/dos/meter.ts";
import { call, json } from "./http.ts";
import { aTown, quiet, rows, tamper } from "./town.ts";

test.each([0, 1, 3, 4, 5, 15, 16, 17, 28, 40])("of %i rigs with work each is found by one step", async (count) => {
  const { stub, ...town } = await aTown();
  const names = Array.from({ length: count }, (_, index) => `rig-${100 + index}`);
  for (const [index, rig] of names.entries())
    for (const [of, status] of ["open", "in_review"].entries())
      for (const twin of [0, 1])
        await tamper(
          { stub, ...town },
          `INSERT INTO beads (id, seq, rig_id, title, body, type, priority, status, created_at_ms, updated_at_ms)
            VALUES (?, ?, ?, 'work', '', 'task', 1, ?, 1, 1)`,
          ...[`${rig}-${of}${twin}`, 4 * index + 2 * of + twin, rig, status],
        );
  const found = await runInDurableObject(stub(), (_town, { storage }) => {
    const metered = new MeteredStorage(storage);
    const tx = openDb(metered as unknown as DurableObjectStorage) as unknown as Tx;
    const look = (which: (tx: Tx) => string[]) => {
      const counted = metered.start();
      return { rigs: which(tx), read: counted().read };
    };
    return { ready: look(rigsWithReady), inReview: look(rigsInReview) };
  });
  // One more step finds that there are no more.
  const all = { rigs: names, read: count + 1 };
  expect(found).toEqual({ ready: all, inReview: all });
});

test("each of seven rigs gets its own beads begun by its own agents, the most urgent first", async () => {
  const town = await aTown();
  const at = `/v1/towns/${town.name}`;
  await json(await call("PATCH", at, { paused: { why: "until all is there" } }));
  const rigs = Array.from({ length: 7 }, (_, index) => `rig-${index}`);
  for (const rig of rigs) {
    await json(await call("POST", `${at}/rigs`, { id: rig, repoUrl: "https://git.test/rig.git" }));
    for (const agent of ["a", "b"])
      await json(await call("POST", `${at}/agents`, { id: `${rig}-${agent}`, rig, command: ["accept"] }));
    const beads = [3, 1, 2].map((priority) => ({ rig, title: `${rig} ${priority}`, priority }));
    await json(await call("POST", `${at}/beads:batch`, { beads }));
  }
  await json(await call("PATCH", at, { paused: null }));
  await quiet(town);
  const begun = (await rows(town)).beads.filter(({ status }) => status === "in_progress");
  expect(begun.map(({ title }) => title).sort()).toEqual(rigs.flatMap((rig) => [`${rig} 1`, `${rig} 2`]));
  for (const { rigId, agentId } of begun) expect(agentId?.startsWith(rigId)).toBe(true);
});
