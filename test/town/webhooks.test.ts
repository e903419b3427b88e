/** What webhooks are told of, who may have them, and what is kept to itself. */
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { OVERLAP_MS } from "../../src/lib/webhook-events.ts";
import { call, json } from "./http.ts";
import { beads, failed, finished, heartbeat, landed, quiet, reports, tamper, violations } from "./town.ts";
import {
  aHook,
  answering,
  aTownAtWork,
  deliveries,
  hookRows,
  landOne,
  read,
  send,
  skip,
  toldTo,
} from "./webhook-scene.ts";

test("a bead that landed is told once, signed so that the library takes it, and listed as delivered", async () => {
  const town = await aTownAtWork();
  const hook = await aHook(town, { events: ["bead.landed"] });
  await answering(hook, { status: 200, body: "thanks\u0007" });
  await landOne(town, "say <hello>");
  const told = await toldTo(hook);
  expect(told).toHaveLength(1);
  const [one] = told;
  expect(one?.headers).toMatchObject({
    "content-type": "application/json",
    "user-agent": "Townkeeper",
    "webhook-id": expect.stringMatching(/^msg_town-[\w-]+_1$/),
    "webhook-signature": expect.stringMatching(/^v1,\S+$/),
  });
  expect(one && read(hook, one)).toEqual({
    type: "bead.landed",
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    data: {
      town: town.name,
      bead: { id: "lib-1", title: "say <hello>", rig: "lib", convoy: null },
      fence: 2,
      commit: expect.stringMatching(/^b{40}$/),
      branch: null,
    },
  });
  expect(() => one && new Webhook("whsec_AAAA").verify(one.body, one.headers)).toThrow();
  expect(await deliveries(hook)).toMatchObject([
    {
      messageId: one?.headers["webhook-id"],
      state: "delivered",
      tries: 1,
      nextAt: null,
      last: { status: 200, text: "answered 200: thanks" },
    },
  ]);
  expect(await hookRows(town)).toMatchObject({ effects: [], attention: [], counters: { webhooks: 1 } });
  expect(await violations(town)).toEqual([]);
});

test("a bead that is parked, its item of attention, and that item's end are told in order", async () => {
  const town = await aTownAtWork({ agentFailureBudget: 1 });
  const hook = await aHook(town, { events: ["bead.parked", "attention.opened", "attention.closed"] });
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, failed());
  await skip(town);
  const opened = (await toldTo(hook)).map((told) => read(hook, told));
  expect(opened).toMatchObject([
    { type: "bead.parked", data: { bead: { id: "lib-1" }, failures: 1, why: expect.stringContaining("1 run failed") } },
    {
      type: "attention.opened",
      data: {
        item: { key: "parked:lib-1", kind: "parked", severity: "warning", target: { type: "bead", id: "lib-1" } },
      },
    },
  ]);
  await send(`/v1/towns/${town.name}/beads/lib-1/cancel`, { reason: "no" });
  await skip(town);
  expect((await toldTo(hook)).slice(2).map((told) => read(hook, told))).toMatchObject([
    { type: "attention.closed", data: { item: { key: "parked:lib-1" } } },
  ]);
});

test("what waits already when somebody subscribes is no news, and is told of when it ends", async () => {
  const town = await aTownAtWork({ agentFailureBudget: 1 });
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, failed());
  const hook = await aHook(town, { events: ["attention.opened", "attention.closed"] });
  await skip(town);
  expect(await toldTo(hook)).toEqual([]);
  await send(`/v1/towns/${town.name}/beads/lib-1/cancel`, { reason: "no" });
  await skip(town);
  expect((await toldTo(hook)).map((told) => read(hook, told).type)).toEqual(["attention.closed"]);
  await call("PATCH", hook.path, { events: ["bead.landed"] });
  expect((await hookRows(town)).attention).toEqual([]);
});

test("a convoy that is closed is told of, and so is an incident as it opens and closes", async () => {
  const town = await aTownAtWork();
  const hook = await aHook(town, { events: ["convoy.closed", "incident.opened", "incident.closed"] });
  await send(`/v1/towns/${town.name}/convoys`, { id: "all", title: "all", beads: [{ rig: "lib", title: "one" }] });
  await quiet(town);
  await tamper(town, "UPDATE town SET next_wake_at_ms = 1, poll_completed_at_ms = 1, poll_started_at_ms = 1");
  await town.stub().watched("heal");
  await quiet(town);
  await reports(town, 1, heartbeat);
  await reports(town, 1, finished);
  await reports(town, 2, landed);
  await skip(town);
  const told = (await toldTo(hook)).map((one) => read(hook, one));
  expect(told.map(({ type }) => type).sort()).toEqual(["convoy.closed", "incident.closed", "incident.opened"]);
  expect(told.find(({ type }) => type === "convoy.closed").data).toMatchObject({ convoy: { id: "all", branch: null } });
  expect(told.find(({ type }) => type === "incident.closed").data.incident).toMatchObject({
    kind: "stale",
    closedAt: expect.any(String),
    healedBy: expect.any(String),
  });
});

test("its secret is told once, and stands nowhere else; both sign while one takes the place of the other", async () => {
  const town = await aTownAtWork();
  const hook = await aHook(town);
  const { secret: next } = await json(await send(`${hook.path}/secret`));
  expect(next).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(next).not.toBe(hook.secret);
  await send(`${hook.path}/test`);
  await quiet(town);
  const [told] = await toldTo(hook);
  expect(told?.headers["webhook-signature"]).toMatch(/^v1,\S+ v1,\S+$/);
  for (const secret of [hook.secret, next]) expect(told && read({ secret }, told).type).toBe("webhook.test");
  await tamper(town, `UPDATE webhooks SET former_until_ms = former_until_ms - ${OVERLAP_MS + 1_000}`);
  await send(`${hook.path}/test`);
  await quiet(town);
  const [, later] = await toldTo(hook);
  expect(() => later && read(hook, later)).toThrow();
  expect(later && read({ secret: next }, later).type).toBe("webhook.test");
  const paths = [
    "",
    "/webhooks",
    "/webhooks/chat",
    "/webhooks/chat/deliveries",
    "/ticks",
    "/audit",
    "/attention",
    "/health",
  ];
  const pages = [
    "/metrics",
    "/beads:export?format=bd",
    "/unreadable",
    "/quarantine",
    "/incidents",
    "/invariants",
    "/plan",
  ];
  for (const path of [...paths, ...pages]) {
    const text = await (await call("GET", `/v1/towns/${town.name}${path}`)).text();
    for (const secret of [hook.secret, next]) expect(text).not.toContain(secret.slice("whsec_".length));
    expect(text).not.toContain("whsec_");
  }
});

test("sent twice with one key, it is made once, and the same secret is told again without being kept for that", async () => {
  const town = await aTownAtWork();
  const body = { id: "chat", url: "https://example.com/hook" };
  const key = { "idempotency-key": "one" };
  const path = `/v1/towns/${town.name}/webhooks`;
  const [first, second] = [
    await json(await call("POST", path, body, undefined, key)),
    await json(await call("POST", path, body, undefined, key)),
  ];
  expect(second).toEqual(first);
  expect(first.secret).toMatch(/^whsec_/);
  expect(JSON.stringify((await hookRows(town)).answers)).not.toContain("whsec_");
  const { items } = await json(await call("GET", path));
  expect(items).toHaveLength(1);
});

test("who may not give others a town's data sees no webhook, and another's change is not overwritten", async () => {
  const town = await aTownAtWork();
  const hook = await aHook(town);
  const made = await json(await call("POST", "/v1/tokens", { name: "op", preset: "operator", towns: [town.name] }));
  for (const [method, path] of [
    ["GET", hook.path],
    ["GET", `${hook.path}/deliveries`],
    ["PATCH", hook.path],
    ["DELETE", hook.path],
    ["POST", `${hook.path}/test`],
    ["POST", `${hook.path}/secret`],
  ] as const)
    expect(await json(await call(method, path, method === "GET" ? undefined : {}, made.token))).toMatchObject({
      status: 403,
      code: "scope_missing",
    });
  const tag = (await call("GET", hook.path)).headers.get("etag") ?? "";
  expect((await call("PATCH", hook.path, { enabled: false }, undefined, { "if-match": tag })).status).toBe(200);
  expect(await json(await call("PATCH", hook.path, { enabled: true }, undefined, { "if-match": tag }))).toMatchObject({
    status: 412,
  });
});

test("what can't be is refused, and says how to mend it", async () => {
  const town = await aTownAtWork();
  await aHook(town);
  const path = `/v1/towns/${town.name}/webhooks`;
  const refused = async (body: object) => json(await call("POST", path, body));
  expect(await refused({ id: "chat", url: "https://example.com" })).toMatchObject({
    status: 409,
    code: "webhook_exists",
  });
  expect(await refused({ id: "b", url: "ftp://example.com" })).toMatchObject({ status: 422, code: "address_refused" });
  expect(await refused({ id: "b", url: "https://u:p@example.com" })).toMatchObject({ code: "address_refused" });
  expect(await refused({ id: "b", url: "https://example.com", events: [] })).toMatchObject({ code: "invalid_input" });
  expect(await refused({ id: "b", url: "https://example.com", events: ["bead.lost"] })).toMatchObject({
    code: "invalid_input",
  });
  for (let n = 1; n < 10; n++) expect((await refused({ id: `w${n}`, url: "https://example.com" })).status).toBe(201);
  expect(await refused({ id: "w10", url: "https://example.com" })).toMatchObject({
    status: 409,
    code: "too_many_webhooks",
  });
  expect(await json(await send(`${path}/chat/deliveries/99/redeliver`))).toMatchObject({ code: "delivery_not_found" });
});

test("a webhook whose rows can't be read, or written, keeps no bead from landing", async () => {
  const town = await aTownAtWork();
  const hook = await aHook(town, { events: ["bead.landed"] });
  await tamper(town, "UPDATE webhooks SET events = '{'");
  await landOne(town);
  await tamper(town, `UPDATE webhooks SET events = '["bead.landed"]'`);
  await tamper(town, "CREATE TRIGGER no_more BEFORE INSERT ON webhook_deliveries BEGIN SELECT raise(ABORT, 'no'); END");
  await landOne(town, "two");
  expect(await toldTo(hook)).toEqual([]);
  await tamper(town, "DROP TRIGGER no_more");
  await landOne(town, "three");
  expect((await toldTo(hook)).map((one) => read(hook, one).data.bead.id)).toEqual(["lib-3"]);
});

test("a town that can't read its counters finds its webhooks again", async () => {
  const town = await aTownAtWork();
  const hook = await aHook(town, { events: ["bead.landed"] });
  await tamper(town, "UPDATE town SET counters = '{'");
  await town.stub().reconcile();
  await landOne(town);
  expect(await toldTo(hook)).toHaveLength(1);
});
