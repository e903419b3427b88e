/** What a joined host may say through its socket: an odd answer costs what it answers, at once, and nobody a deadline. */

import { exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import { BOOT_HEADER, type ChannelRequest, channelRequest } from "../../src/protocol/channel.ts";
import { call, json } from "./http.ts";
import { anAgent, aTown, beads, quiet, rows, type TestTown, violations } from "./town.ts";

const accepted = JSON.stringify({ accepted: true, bootId: "b" });
type Answers = (asked: ChannelRequest, socket: WebSocket) => void;

const send = (socket: WebSocket, asked: ChannelRequest, more: object) =>
  socket.send(JSON.stringify({ id: asked.id, status: 202, body: accepted, ...more }));

/** A host that has joined and answers so. */
async function joined(town: TestTown, host: string, answers: Answers): Promise<WebSocket> {
  const { token } = await json(await call("POST", `/v1/towns/${town.name}/hosts`, { id: host }));
  return dial(town, host, token, answers);
}

async function dial(town: TestTown, host: string, token: string, answers: Answers): Promise<WebSocket> {
  const headers = { upgrade: "websocket", authorization: `Bearer ${token}`, [BOOT_HEADER]: "b" };
  const worker = (exports as unknown as { default: Fetcher }).default;
  const response = await worker.fetch(`http://town.test/v1/towns/${town.name}/hosts/${host}/channel`, { headers });
  const socket = response.webSocket;
  if (!socket) throw new Error(`not connected: ${response.status}`);
  socket.accept();
  socket.addEventListener("message", ({ data }) => {
    const asked = channelRequest.safeParse(JSON.parse(String(data)));
    if (asked.success) answers(asked.data, socket);
  });
  return socket;
}

const external = { hosts: "external", startDeadlineMs: 60_000, backoffBaseMs: 60_000 } as const;

test.each<[string, Answers, object]>([
  ["a status below any", (asked, socket) => send(socket, asked, { status: 99 }), { kind: "unreachable" }],
  ["a status that has no body", (asked, socket) => send(socket, asked, { status: 204 }), { kind: "unreachable" }],
  ["a status of a redirect", (asked, socket) => send(socket, asked, { status: 307 }), { code: "redirected" }],
  [
    "a body that is no text",
    (asked, socket) => send(socket, asked, { body: { accepted: true } }),
    { kind: "unreachable" },
  ],
  ["no body", (asked, socket) => send(socket, asked, { body: undefined }), { kind: "unreachable" }],
  ["a body of 70 kB", (asked, socket) => send(socket, asked, { body: "x".repeat(70_000) }), { kind: "unreachable" }],
  ["a frame of 900 kB", (asked, socket) => send(socket, asked, { body: "x".repeat(900_000) }), { kind: "unreachable" }],
  ["a text that is no JSON", (_asked, socket) => socket.send("hello"), { kind: "unreachable" }],
  ["JSON that answers nothing", (_asked, socket) => socket.send("[1]"), { kind: "unreachable" }],
  ["bytes", (_asked, socket) => socket.send(new Uint8Array([1, 2, 3])), { kind: "unreachable" }],
  ["a page of a proxy", (asked, socket) => send(socket, asked, { body: "<html>" }), { code: "rejected" }],
])("a joined host answers with %s: it is settled at once", async (_what, answers, failure) => {
  const town = await aTown({ settings: external });
  await joined(town, "h1", answers);
  await anAgent(town, "ada", "x");
  const beforeMs = Date.now();
  await beads(town, { title: "one" });
  await expect.poll(async () => (await rows(town)).attempts[0]?.state, { timeout: 20_000 }).toBe("released");
  expect(Date.now() - beforeMs).toBeLessThan(external.startDeadlineMs / 2);
  const [attempt] = (await rows(town)).attempts;
  expect(attempt?.failure).toMatchObject(failure);
  expect(attempt?.failure?.kind).toBe("unreachable");
  expect(await violations(town)).toEqual([]);
});

test("an answer that nobody waits for is passed over, and what comes after it counts", async () => {
  const town = await aTown({ settings: external });
  await joined(town, "h1", (asked, socket) => {
    send(socket, { ...asked, id: "somebody-else" }, {});
    send(socket, asked, {});
    send(socket, asked, { status: 99 });
  });
  await anAgent(town, "ada", "x");
  await beads(town, { title: "one" });
  await quiet(town);
  expect((await rows(town)).attempts).toMatchObject([{ state: "running" }]);
});

test("one host can't answer for another, nor end its connection", async () => {
  const town = await aTown({ settings: external });
  const asked: ChannelRequest[] = [];
  const other = await joined(town, "h2", (one) => asked.push(one));
  await joined(town, "h1", (one) => asked.push(one));
  await anAgent(town, "ada", "x");
  await anAgent(town, "bob", "x");
  await beads(town, { title: "one" }, { title: "two" });
  await expect.poll(() => asked.length).toBe(2);
  for (const one of asked) send(other, one, { status: 99 });
  await expect.poll(async () => (await rows(town)).attempts.filter(({ state }) => state === "released").length).toBe(1);
  other.send("hello");
  await expect
    .poll(async () => (await json(await call("GET", `/v1/towns/${town.name}/hosts`))).items)
    .toMatchObject([
      { id: "h1", connected: true },
      { id: "h2", connected: false },
    ]);
  expect((await rows(town)).attempts.filter(({ state }) => state === "starting")).toMatchObject([{ hostId: "h1" }]);
  expect(await violations(town)).toEqual([]);
});
