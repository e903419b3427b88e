/** A request that is sent again with its key is done once, also where workerd dies between what it did and its answer. */
import { expect, test } from "vitest";
import { makeRepository } from "../host/support.ts";
import { boot, PATIENCE_MS, signal, WORKERD } from "./town.ts";

const BEADS = 80;
const AT_ONCE = 8;
/** Answers after which workerd dies, with others on their way. */
const DEATHS = [10, 35, 60];

test.runIf(process.platform === "linux")(
  "beads that are created with a key each, while workerd is killed three times, are there once each",
  async () => {
    const { services, token, get } = await boot();
    await services.api.createTown({ name: "town" });
    await services.api.addRig("town", { id: "lib", repoUrl: makeRepository().url });
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const post = (n: number) =>
      fetch(`${services.url}/v1/towns/town/beads`, {
        method: "POST",
        headers: { ...headers, "idempotency-key": `bead-${n}` },
        body: JSON.stringify({ rig: "lib", title: `Bead ${n}` }),
        signal: AbortSignal.timeout(5_000),
      });
    const ids = new Map<number, string>();
    let unanswered = 0;
    const until = Date.now() + PATIENCE_MS;
    const created = async (n: number): Promise<string> => {
      for (;;) {
        const response = await post(n).catch(() => null);
        if (response?.status === 201) return ((await response.json()) as { id: string }).id;
        if (Date.now() > until) throw new Error(`bead ${n} was never answered`);
        unanswered++;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    const queue = Array.from({ length: BEADS }, (_, n) => n);
    const deaths = [...DEATHS];
    const worker = async () => {
      for (let n = queue.shift(); n !== undefined; n = queue.shift()) {
        ids.set(n, await created(n));
        if (ids.size >= (deaths[0] ?? Number.POSITIVE_INFINITY)) {
          deaths.shift();
          signal("SIGKILL", WORKERD);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    expect(unanswered).toBeGreaterThan(0);
    expect(new Set(ids.values()).size).toBe(BEADS);
    expect((await get("/beads?limit=200")).items).toHaveLength(BEADS);
    for (const [n, id] of ids) expect(await created(n)).toBe(id);
    expect((await get("/invariants")).violations).toEqual([]);
  },
  2 * PATIENCE_MS,
);
