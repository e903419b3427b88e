/** What becomes of what a webhook is told: whatever its receiver does, and whatever strikes the town. */
import { expect, test } from "vitest";
import { attention, mend } from "./attention-scene.ts";
import { call, json } from "./http.ts";
import { armedAt, asked, beads, crash, finished, heartbeat, landed, quiet, tamper, violations } from "./town.ts";
import {
  aHook,
  answering,
  aTownAtWork,
  deliveries,
  hookRows,
  landOne,
  read,
  says,
  send,
  shown,
  skip,
  toldTo,
} from "./webhook-scene.ts";

test("what is not taken is sent again under the same id, after a while, and what comes after it waits for nothing", async () => {
  const town = await aTownAtWork();
  const hook = await aHook(town, { events: ["bead.landed"] });
  await answering(hook, { status: 503, headers: { "retry-after": "7200" }, body: "not <now>" }, { status: 204 });
  await landOne(town);
  expect(await deliveries(hook)).toMatchObject([
    { state: "pending", tries: 1, last: { status: 503, text: "answered 503: not <now>" } },
  ]);
  const [first] = await deliveries(hook);
  expect(Date.parse(first.nextAt) - Date.now()).toBeGreaterThan(7_100_000);
  expect(await armedAt(town)).toBeLessThanOrEqual(Date.parse(first.nextAt) + 1_000);
  expect(await shown(hook)).toMatchObject({ failures: 1, pending: 1, failingSince: expect.any(String) });
  await tamper(town, "UPDATE webhooks SET not_before_ms = 0");
  await landOne(town, "two");
  expect(await deliveries(hook)).toMatchObject([{ state: "delivered" }, { state: "pending" }]);
  await skip(town);
  const told = await toldTo(hook);
  expect(told.map((one) => read(hook, one).data.bead.id)).toEqual(["lib-1", "lib-2", "lib-1"]);
  expect(told[2]?.headers["webhook-id"]).toBe(told[0]?.headers["webhook-id"]);
  expect(told[2]?.body).toBe(told[0]?.body);
  expect(await deliveries(hook)).toMatchObject([{ state: "delivered" }, { state: "delivered", tries: 2 }]);
  expect(await shown(hook)).toMatchObject({ failures: 0, failingSince: null, nextAt: null });
});

test("a receiver that hangs delays no start, no landing and no other webhook, and its call ends by itself", async () => {
  const town = await aTownAtWork();
  const stuck = await aHook(town, { id: "stuck", events: ["bead.landed"] });
  const well = await aHook(town, { id: "well", events: ["bead.landed"] });
  await answering(stuck, { status: 200, how: "hang" });
  await beads(town, { title: "one" }, { title: "two" }, { title: "three" });
  for (let done = 0; done < 6; done++) {
    await expect.poll(async () => (await asked(town)).length).toBeGreaterThan(done);
    const order = (await asked(town))[done];
    for (const said of order?.agent ? [heartbeat, finished] : [landed]) await says(town, order, said);
  }
  await expect.poll(async () => (await toldTo(well)).length).toBe(3);
  // While all of that was done, the first call was out.
  expect(await toldTo(stuck)).toHaveLength(1);
  expect(await deliveries(stuck)).toMatchObject([{ tries: 0 }, { tries: 0 }, { tries: 0, state: "pending" }]);
  await quiet(town);
  expect((await deliveries(stuck)).at(-1)).toMatchObject({
    state: "pending",
    tries: 1,
    last: { status: null, text: expect.stringContaining("no answer") },
  });
  expect(await violations(town)).toEqual([]);
});

test.each([
  ["a body that never ends", { status: 200, how: "drip" }, "delivered"],
  ["more than anybody reads", { status: 200, how: "endless" }, "delivered"],
  ["a line that breaks", { status: 200, how: "cut" }, "pending"],
  ["a redirect", { status: 307, headers: { location: "/hook/elsewhere" } }, "pending"],
  ["a redirect to a private address", { status: 302, headers: { location: "http://169.254.169.254/" } }, "pending"],
] as const)("an answer that is %s", async (_, answer, state) => {
  const town = await aTownAtWork();
  const hook = await aHook(town);
  await answering(hook, answer);
  await send(`${hook.path}/test`);
  await quiet(town);
  const [{ last, ...delivery }] = await deliveries(hook);
  expect(delivery).toMatchObject({ state, type: "webhook.test", tries: 1 });
  expect(last.text.length).toBeLessThanOrEqual(300);
  expect(await toldTo(hook)).toHaveLength(1);
  expect(await toldTo({ ...hook, key: "elsewhere" })).toEqual([]);
});

test("a receiver that is down for long is asked ever more rarely, then all that waited goes out in order", async () => {
  const town = await aTownAtWork();
  const hook = await aHook(town, { events: ["bead.landed"] });
  await answering(hook, { status: 500 });
  for (const title of ["one", "two", "three", "four"]) await landOne(town, title);
  for (let n = 0; n < 4; n++) await skip(town);
  expect(await shown(hook)).toMatchObject({ pending: 4 });
  const tries = (await toldTo(hook)).length;
  expect(tries).toBeGreaterThanOrEqual(4);
  const { nextAt } = await shown(hook);
  expect(Date.parse(nextAt) - Date.now()).toBeGreaterThan(1_000);
  await answering(hook, { status: 204 });
  await skip(town);
  await expect.poll(async () => (await shown(hook)).pending).toBe(0);
  await quiet(town);
  const after = (await toldTo(hook)).slice(tries).map((one) => read(hook, one).data.bead.id);
  expect(new Set(after)).toEqual(new Set(["lib-1", "lib-2", "lib-3", "lib-4"]));
  expect(after.length).toBe(4);
});

test("a delivery that is never taken is given up after a day's tries, and can be sent again by hand", async () => {
  const town = await aTownAtWork();
  const hook = await aHook(town);
  await answering(hook, { status: 500, body: "x".repeat(5_000) });
  await send(`${hook.path}/test`);
  await quiet(town);
  for (let n = 0; n < 12; n++) await skip(town);
  expect(await toldTo(hook)).toHaveLength(11);
  const [given] = await deliveries(hook);
  expect(given).toMatchObject({ state: "failed", tries: 11, nextAt: null });
  expect(given.last.text.length).toBeLessThanOrEqual(300);
  await answering(hook, { status: 204 });
  const again = await json(await send(`${hook.path}/deliveries/${given.id}/redeliver`));
  expect(again).toMatchObject({ status: 200, id: given.id, state: "pending", tries: 0 });
  await quiet(town);
  expect(await deliveries(hook)).toMatchObject([{ state: "delivered", tries: 1 }]);
  const ids = (await toldTo(hook)).map(({ headers }) => headers["webhook-id"]);
  expect(new Set(ids).size).toBe(1);
});

test("410 disables it at once; enabled again, it is told what waited", async () => {
  const town = await aTownAtWork();
  const hook = await aHook(town, { events: ["bead.landed"] });
  await answering(hook, { status: 410 }, { status: 204 });
  await landOne(town);
  expect(await shown(hook)).toMatchObject({ enabled: false, disabled: { code: "gone" } });
  expect(await deliveries(hook)).toMatchObject([{ state: "failed", tries: 1 }]);
  await landOne(town, "two");
  expect(await deliveries(hook)).toHaveLength(1);
  expect(await json(await send(`${hook.path}/test`))).toMatchObject({ status: 409, code: "webhook_disabled" });
  expect(await json(await call("PATCH", hook.path, { enabled: true }))).toMatchObject({
    enabled: true,
    disabled: null,
  });
  await landOne(town, "three");
  expect((await toldTo(hook)).map((one) => read(hook, one).data.bead.id)).toEqual(["lib-1", "lib-3"]);
});

test("many failures in a row, for a day, disable it, and what waits is kept", async () => {
  const town = await aTownAtWork();
  const hook = await aHook(town);
  await answering(hook, { status: 500 });
  await send(`${hook.path}/test`);
  await quiet(town);
  await tamper(town, "UPDATE webhooks SET failures = 19");
  await skip(town);
  expect(await shown(hook)).toMatchObject({ enabled: true, failures: 20 });
  await tamper(town, "UPDATE webhooks SET failing_since_ms = failing_since_ms - 90000000");
  await skip(town);
  expect(await shown(hook)).toMatchObject({ enabled: false, pending: 1, disabled: { code: "failing" } });
  const tries = (await toldTo(hook)).length;
  await skip(town);
  expect(await toldTo(hook)).toHaveLength(tries);
});

/** What waits for a person of this town's webhooks. */
const troubles = async (town: Awaited<ReturnType<typeof aTownAtWork>>) =>
  (await attention(town)).items.filter(({ kind }: { kind: string }) => kind === "webhook_disabled");

test("one that was given up waits for a person, with what its receiver said, and is enabled by the request that is shown", async () => {
  const town = await aTownAtWork();
  const hook = await aHook(town, { events: ["bead.landed"] });
  await answering(hook, { status: 410, body: "moved <away>" }, { status: 204 });
  await landOne(town);
  const [item, ...others] = await troubles(town);
  expect(others).toEqual([]);
  expect(item).toMatchObject({
    ...{ key: "webhook_disabled:chat", severity: "warning", target: { type: "webhook", id: "chat" }, times: 1 },
    what: "webhook chat was disabled: its receiver wants to be told of nothing any more: answered 410: moved <away>",
    hint: expect.stringContaining("DELETE …/webhooks/chat"),
    verb: { method: "PATCH", path: hook.path, body: { enabled: true } },
    command: "npm run town -- webhook change chat --enable",
  });
  // Its address may be a secret, and more people may read this than that.
  expect(JSON.stringify(item)).not.toContain(hook.key);
  expect(await mend(item.verb)).toBe(200);
  expect(await troubles(town)).toEqual([]);
  await landOne(town, "two");
  expect(await toldTo(hook)).toHaveLength(2);
});

test("that it failed for long is told with the last answer, and not once a person has disabled or removed it", async () => {
  const town = await aTownAtWork();
  const [one, two] = [await aHook(town, { id: "one" }), await aHook(town, { id: "two" })];
  for (const hook of [one, two]) {
    await answering(hook, { status: 500, body: "out of order" });
    await send(`${hook.path}/test`);
  }
  await quiet(town);
  expect(await troubles(town)).toEqual([]);
  await tamper(town, "UPDATE webhooks SET failures = 19, failing_since_ms = failing_since_ms - 90000000");
  await skip(town);
  const items = await troubles(town);
  expect(items.map(({ target }: { target: { id: string } }) => target.id).sort()).toEqual(["one", "two"]);
  for (const { what } of items)
    expect(what).toMatch(/^webhook \w+ was disabled: its last 20 deliveries failed, .*answered 500: out of order$/);
  await call("PATCH", one.path, { enabled: false });
  await call("DELETE", two.path);
  expect(await troubles(town)).toEqual([]);
  expect(await shown(one)).toMatchObject({ enabled: false, disabled: null, pending: expect.any(Number) });
});

test("others are told that one was given up, each once, and it hears of itself only once it is enabled", async () => {
  const town = await aTownAtWork();
  const events = ["bead.landed", "attention.opened", "attention.closed"] as const;
  const gone = await aHook(town, { id: "gone", events: [...events] });
  const well = await aHook(town, { id: "well", events: ["attention.opened", "attention.closed"] });
  await answering(gone, { status: 410 }, { status: 204 });
  await landOne(town);
  await expect.poll(async () => (await toldTo(well)).length).toBe(1);
  for (let n = 0; n < 3; n++) await skip(town);
  const [opened, ...more] = (await toldTo(well)).map((told) => read(well, told));
  expect(more).toEqual([]);
  expect(opened).toMatchObject({
    type: "attention.opened",
    data: { item: { key: "webhook_disabled:gone", command: "npm run town -- webhook change gone --enable" } },
  });
  expect((await toldTo(gone)).map((told) => read(gone, told).type)).toEqual(["bead.landed"]);
  await call("PATCH", gone.path, { enabled: true });
  await expect.poll(async () => (await toldTo(well)).length).toBe(2);
  await skip(town);
  expect((await toldTo(gone)).map((told) => read(gone, told).type)).toEqual(["bead.landed", "attention.closed"]);
});

test("where each that is told of it is gone too, it ends with the last of them", async () => {
  const town = await aTownAtWork();
  const hooks = [];
  for (const id of ["one", "two", "three"])
    hooks.push(await aHook(town, { id, events: id === "one" ? ["bead.landed"] : ["attention.opened"] }));
  for (const hook of hooks) await answering(hook, { status: 410 });
  await landOne(town);
  await expect.poll(async () => (await troubles(town)).length).toBe(3);
  for (let n = 0; n < 3; n++) await skip(town);
  const told = await Promise.all(hooks.map(async (hook) => (await toldTo(hook)).length));
  expect(told).toEqual([1, 1, 1]);
  expect(await hookRows(town)).toMatchObject({ attention: [], effects: [] });
});

test("a town that dies while a call is out sends it again under the same id", async () => {
  const town = await aTownAtWork();
  const hook = await aHook(town);
  await answering(hook, { status: 200, how: "hang" }, { status: 204 });
  await send(`${hook.path}/test`);
  await expect.poll(async () => (await toldTo(hook)).length).toBe(1);
  await crash(town);
  await town.stub().reconcile();
  await quiet(town);
  const told = await toldTo(hook);
  expect(told).toHaveLength(2);
  expect(told[1]?.headers["webhook-id"]).toBe(told[0]?.headers["webhook-id"]);
  expect(await deliveries(hook)).toMatchObject([{ state: "delivered", tries: 1 }]);
  expect(await hookRows(town)).toMatchObject({ effects: [] });
});

test("removed while a call is out, it leaves nothing behind", async () => {
  const town = await aTownAtWork();
  const hook = await aHook(town);
  await answering(hook, { status: 200, how: "hang" });
  await send(`${hook.path}/test`);
  await expect.poll(async () => (await toldTo(hook)).length).toBe(1);
  expect(await json(await call("DELETE", hook.path))).toMatchObject({ status: 200, id: "chat" });
  expect(await json(await call("GET", hook.path))).toMatchObject({ status: 404, code: "webhook_not_found" });
  await crash(town);
  await town.stub().reconcile();
  await quiet(town);
  expect(await hookRows(town)).toMatchObject({ webhooks: [], deliveries: [], effects: [], counters: { webhooks: 0 } });
  expect(await toldTo(hook)).toHaveLength(1);
});

test("so many deliveries are kept, and so many wait, and no more", async () => {
  const town = await aTownAtWork();
  const hook = await aHook(town);
  await answering(hook, { status: 500 });
  const many = (state: string, n: number) =>
    tamper(
      town,
      `INSERT INTO webhook_deliveries (webhook_id, type, body, state, next_at_ms, created_at_ms)
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${n})
        SELECT 'chat', 'bead.landed', '{}', '${state}', 9e15, ${Date.now()} FROM c`,
    );
  await many("delivered", 1_200);
  await many("pending", 600);
  await send(`${hook.path}/test`);
  await quiet(town);
  const { deliveries: kept } = await hookRows(town);
  expect(kept.filter(({ state }) => state === "pending")).toHaveLength(500);
  expect(kept.filter(({ state }) => state === "failed")).toHaveLength(101);
  expect(kept.length).toBeLessThanOrEqual(1_001);
  await tamper(town, "UPDATE webhook_deliveries SET created_at_ms = 1 WHERE state <> 'pending'");
  await send(`${hook.path}/test`);
  await quiet(town);
  expect((await hookRows(town)).deliveries.length).toBeLessThan(kept.length);
});
