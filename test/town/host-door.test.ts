/** Who is let in as a host that joins: each other boot hears why it is not, and what an operator says counts. */
import { evictDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import { BOOT_HEADER, PROTOCOL_HEADER } from "../../src/protocol/channel.ts";
import { call, json } from "./http.ts";
import { aTown, type TestTown, violations } from "./town.ts";

async function invited({ name }: TestTown, id: string): Promise<string> {
  return (await json(await call("POST", `/v1/towns/${name}/hosts`, { id }))).token;
}

async function dial({ name }: TestTown, id: string, token: string, boot: string, more: Record<string, string> = {}) {
  const headers = { upgrade: "websocket", authorization: `Bearer ${token}`, [BOOT_HEADER]: boot, ...more };
  const worker = (exports as unknown as { default: Fetcher }).default;
  const response = await worker.fetch(`http://town.test/v1/towns/${name}/hosts/${id}/channel`, { headers });
  const socket = response.webSocket;
  const closed: string[] = [];
  socket?.accept();
  socket?.addEventListener("close", ({ code }) => closed.push(String(code)));
  return { status: response.status, problem: socket ? null : await json(response), socket, closed };
}

const hostOf = async ({ name }: TestTown, id: string) =>
  (await json(await call("GET", `/v1/towns/${name}/hosts`))).items.find((host: { id: string }) => host.id === id);
const attention = async ({ name }: TestTown) => (await json(await call("GET", `/v1/towns/${name}/attention`))).items;
const settings = { hosts: "external" } as const;

test("another boot is refused while one has the place; the same boot may dial anew", async () => {
  const town = await aTown({ settings });
  const token = await invited(town, "far");
  const one = await dial(town, "far", token, "one");
  expect(one.status).toBe(101);
  const two = await dial(town, "far", token, "two");
  expect(two).toMatchObject({ status: 409, problem: { code: "host_elsewhere", retryable: true } });
  expect(two.problem.detail).toMatch(/as boot one since .*; this is boot two/);
  expect(two.problem.retryAfterMs).toBeGreaterThan(0);
  expect((await dial(town, "far", token, "one")).status).toBe(101);
  await expect.poll(() => one.closed).toEqual(["4000"]);
  expect(await hostOf(town, "far")).toMatchObject({ boot: "one", connected: true, refused: { boot: "two", times: 1 } });
  // Whoever dials again and again is written down once in a while.
  await dial(town, "far", token, "two");
  expect((await hostOf(town, "far")).refused.times).toBe(1);
  expect(await violations(town)).toEqual([]);
});

test("the place is given by an operator's word, to the boot that is named, and to nobody else meanwhile", async () => {
  const town = await aTown({ settings });
  const token = await invited(town, "far");
  const one = await dial(town, "far", token, "one");
  await dial(town, "far", token, "two");
  const [item] = await attention(town);
  expect(item).toMatchObject({ kind: "host_refused", target: { type: "host", id: "far" } });
  const take = (body: object) => call("POST", `/v1/towns/${town.name}/hosts/far/takeover`, body);
  expect(await json(await take({ boot: "three" }))).toMatchObject({ status: 409, code: "nobody_waits" });
  expect(await json(await call(item.verb.method, item.verb.path, item.verb.body))).toMatchObject({ id: "far" });
  await expect.poll(() => one.closed).toEqual(["4004"]);
  expect(await attention(town)).toEqual([]);
  expect(await dial(town, "far", token, "one")).toMatchObject({ status: 409, problem: { code: "host_elsewhere" } });
  await evictDurableObject(town.stub());
  expect((await dial(town, "far", token, "two")).status).toBe(101);
  expect(await hostOf(town, "far")).toMatchObject({ boot: "two", connected: true });
  expect(await json(await take({}))).toMatchObject({ id: "far" });
  expect(await violations(town)).toEqual([]);
});

test("a boot whose connection is over leaves its place to the next", async () => {
  const town = await aTown({ settings });
  const token = await invited(town, "far");
  const one = await dial(town, "far", token, "one");
  await dial(town, "far", token, "two");
  one.socket?.close(1000, "leaving");
  await expect.poll(async () => (await hostOf(town, "far")).connected).toBe(false);
  expect((await dial(town, "far", token, "two")).status).toBe(101);
  expect(await hostOf(town, "far")).toMatchObject({ boot: "two", refused: null });
  expect(await attention(town)).toEqual([]);
});

test("a former token, another protocol and a removed host have each their own words; a person hears of those that they can mend", async () => {
  const town = await aTown({ settings });
  const [token] = [await invited(town, "far"), await invited(town, "near")];
  expect(await dial(town, "far", token, "b", { [PROTOCOL_HEADER]: "7" })).toMatchObject({
    status: 409,
    problem: { code: "protocol_unsupported" },
  });
  expect(await attention(town)).toMatchObject([{ kind: "host_refused", verb: null }]);
  const { token: newest } = await json(await call("POST", `/v1/towns/${town.name}/hosts/far/token`));
  expect(await attention(town)).toEqual([]);
  expect(await dial(town, "far", token, "b")).toMatchObject({ status: 401, problem: { code: "token_replaced" } });
  expect(await attention(town)).toMatchObject([{ what: expect.stringContaining("with a token that was replaced") }]);
  expect(await dial(town, "near", newest, "b")).toMatchObject({ status: 403, problem: { code: "wrong_host" } });
  expect(await dial(town, "far", "tkh_no", "b")).toMatchObject({ status: 401, problem: { code: "unauthenticated" } });
  await call("DELETE", `/v1/towns/${town.name}/hosts/far`);
  expect(await dial(town, "far", newest, "b")).toMatchObject({ status: 410, problem: { code: "host_removed" } });
  expect(await attention(town)).toEqual([]);
  expect(await violations(town)).toEqual([]);
});

test("a host asks without an upgrade why it is not let in, and nothing is written of that", async () => {
  const town = await aTown({ settings });
  const token = await invited(town, "far");
  const headers = { authorization: `Bearer ${token}`, [BOOT_HEADER]: "b" };
  const worker = (exports as unknown as { default: Fetcher }).default;
  const url = `http://town.test/v1/towns/${town.name}/hosts/far/channel`;
  const ask = async () => (await worker.fetch(url, { headers })).json();
  expect(await ask()).toEqual({ host: "far", welcome: true });
  await dial(town, "far", token, "other");
  expect(await ask()).toMatchObject({ code: "host_elsewhere" });
  expect(await hostOf(town, "far")).toMatchObject({ refused: null });
});
