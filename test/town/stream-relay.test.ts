/** What stands between a town and a follower whose time ends: it hands on what both say, and ends it. And who follows after others. */
import { expect, test } from "vitest";
import { relayed } from "../../src/api/relay.ts";
import { follow, until } from "./follower.ts";
import { call, json } from "./http.ts";
import { aTown, beads, tamper } from "./town.ts";

test("a stream in which nothing happens is ended in its time too, and its town does not wake for that", async () => {
  const { 0: theirs, 1: ofTown } = new WebSocketPair();
  ofTown.accept();
  const { webSocket: reader } = relayed(theirs, Date.now() + 300, 7);
  const heard: string[] = [];
  const closed = new Promise<number>((resolve) => reader?.addEventListener("close", ({ code }) => resolve(code)));
  reader?.addEventListener("message", ({ data }) => heard.push(String(data)));
  reader?.accept();
  const told = JSON.stringify({ type: "change", seq: 9, at: "now" });
  ofTown.send(told);
  expect(await closed).toBe(4011);
  expect(heard).toEqual([told, expect.stringMatching(/^\{"type":"dropped","seq":9,/)]);
});

test("what a follower says reaches its town, and how the town ends it is told", async () => {
  const town = await aTown();
  const { token } = await json(await call("POST", "/v1/tokens", { name: "x", preset: "viewer" }));
  const follower = await follow(town, { token });
  await until(() => follower.messages.length).toBe(1);
  follower.say("hello");
  await until(() => follower.closed).toMatchObject({ code: 4010, reason: expect.stringContaining("no `ack`") });
});

test("who comes while something waits for a person is told when it waits no more, whatever those before were told", async () => {
  const town = await aTown();
  const [bead = ""] = await beads(town, { title: "one" });
  const first = await follow(town);
  await call("PATCH", `/v1/towns/${town.name}/beads/${bead}`, { hold: { why: "not now" } });
  await until(
    () => first.messages.findLast(({ type, attention }) => type === "change" && attention)?.attention.items,
  ).toEqual([]);
  first.close();
  await until(() => first.closed).not.toBe(null);
  await tamper(town, "UPDATE beads SET status = 'failed', closed_at_ms = 1");
  const second = await follow(town);
  await until(() => second.known.get("attention")?.items.length).toBe(1);
  await call("POST", `/v1/towns/${town.name}/beads/${bead}/cancel`, { reason: "no" });
  await until(() => second.known.get("attention")?.items).toEqual([]);
});
