/** Who follows a town knows what it would be shown, misses nothing, and costs it nothing while nothing happens. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, onTestFinished, test, vi } from "vitest";
import { eventsOf } from "../../src/api/events.ts";
import { SESSION_MS } from "../../src/api/session-text.ts";
import { changedSince } from "../../src/db/changes.ts";
import { openDb, type Tx } from "../../src/db/client.ts";
import { events, type Follower, follow, until } from "./follower.ts";
import { call, json } from "./http.ts";
import {
  anAgent,
  armedAt,
  aTown,
  beads,
  finished,
  keepsEverything,
  landed,
  ok,
  quiet,
  reports,
  rows,
  type TestTown,
  tamper,
  timePasses,
} from "./town.ts";

/** What a person would be shown now, as a follower knows it. */
async function shown({ client }: TestTown): Promise<Map<string, unknown>> {
  const known = new Map<string, unknown>();
  const lists = {
    beads: await client().query("list-beads", { limit: 200, cursor: undefined }),
    agents: await client().query("list-agents", {}),
    attempts: await client().query("list-attempts", { limit: 200, cursor: undefined }),
    rigs: await client().query("list-rigs", {}),
    hosts: await client().query("list-hosts", {}),
    convoys: await client().query("list-convoys", { limit: 200, cursor: undefined }),
  };
  for (const [list, answer] of Object.entries(lists))
    for (const item of ok<{ items: object[] }>(answer as never).items) {
      const { id, fence } = item as { id?: string; fence?: number };
      known.set(`${list} ${list === "attempts" ? fence : id}`, item);
    }
  return known;
}

/** Of a live attempt these move without a word; and a test moves what is due behind the town's back. */
const still = ({ leaseUntil: _, agentActiveAt: __, stall: ___, notBeforeAt: ____, ...view }: Record<string, unknown>) =>
  view;

/** It knows each of these as it is now. Whatever was over before it came it need not know. */
async function expectKnown(follower: Follower, town: TestTown): Promise<void> {
  await until(async () => {
    const now = await shown(town);
    return [...now].filter(
      ([name, view]) =>
        JSON.stringify(still(follower.known.get(name) ?? {})) !==
        JSON.stringify(still(view as Record<string, unknown>)),
    );
  }).toEqual([]);
}

const life = async (town: TestTown): Promise<void> => {
  const [bead = ""] = await beads(town, { title: "one" });
  await quiet(town);
  const fence = (await rows(town)).beads.find(({ id }) => id === bead)?.fence as number;
  await reports(town, fence, { kind: "progress", message: "half of it" } as never);
  await reports(town, fence, finished);
  await quiet(town);
  const landing = (await rows(town)).attempts.find(({ beadId, kind }) => beadId === bead && kind === "landing");
  if (landing) await reports(town, landing.fence, landed);
};

test("a snapshot comes first, then each change as it is, and what is known is what is shown", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  const follower = await follow(town);
  await until(() => follower.messages[0]?.type).toBe("snapshot");
  expect(follower.messages[0]).toMatchObject({ why: "first", more: false, beads: [], agents: [{ id: "ada" }] });
  expect(follower.messages[0].health.verdict).toBe("idle");
  await life(town);
  await expectKnown(follower, town);
  expect(follower.messages.every(({ type }, index) => type === (index === 0 ? "snapshot" : "change"))).toBe(true);
  await until(() => follower.known.get("health").verdict).toBe("idle");
});

test("a stream that is cut again and again, also by the town's death, misses nothing", async () => {
  const town = await aTown({ settings: { backoffBaseMs: 500, ...keepsEverything } });
  await anAgent(town, "ada", "accept");
  await anAgent(town, "bob", "refuse");
  let follower = await follow(town);
  await until(() => follower.messages.length).toBe(1);
  let snapshots = 1;
  for (let cut = 1; cut <= 50; cut++) {
    follower.close();
    if (cut % 3 === 0) await beads(town, { title: `bead ${cut}` });
    if (cut % 4 === 0) await timePasses(town).then(() => town.stub().reconcile());
    const live = (await rows(town)).attempts.find(({ endedAtMs, kind }) => endedAtMs === null && kind === "run");
    if (cut % 5 === 0 && live) await reports(town, live.fence, finished);
    if (cut % 7 === 0) await evictDurableObject(town.stub());
    if (cut % 11 === 0) ok(await town.client().execute("change-town", { draining: cut % 2 === 0 } as never));
    follower = await follow(town, { from: follower });
    await until(() => follower.messages.length).toBeGreaterThan(0);
    snapshots += follower.messages.filter(({ type }) => type === "snapshot").length;
    if (cut % 10 === 0) await expectKnown(follower, town);
  }
  await expectKnown(follower, town);
  expect(snapshots).toBe(1);
}, 120_000);

test("where what has changed is not known any more, all is told anew", async () => {
  const town = await aTown();
  const follower = await follow(town);
  await until(() => follower.messages.length).toBe(1);
  follower.close();
  await beads(town, { title: "one" });
  await tamper(town, "DELETE FROM ticks WHERE tick <= (SELECT ticks FROM town)");
  await beads(town, { title: "two" });
  const again = await follow(town, { from: { ...follower, seq: 1 } });
  await until(() => again.messages[0]?.why).toBe("missed");
  expect(again.messages[0].beads).toHaveLength(2);
  const ahead = await follow(town, { query: "after=999999" });
  await until(() => ahead.messages[0]?.why).toBe("missed");
});

test("what a failed pass and rows set aside leave behind is told of too", async () => {
  const town = await aTown();
  const [bead = ""] = await beads(town, { title: "one" });
  const seq = (await rows(town)).town?.ticks as number;
  await tamper(town, "UPDATE beads SET labels = '{' WHERE id = ?", bead);
  await town.stub().reconcile();
  const { changes } = await runInDurableObject(town.stub(), (_town, { storage }) =>
    changedSince(openDb(storage) as unknown as Tx, seq),
  );
  expect(changes).toContain(`bead ${bead}`);
});

test("a follower may want some kinds, one rig or one bead alone", async () => {
  const town = await aTown();
  ok(
    await town.client().execute("add-rig", {
      ...{ id: "web", repoUrl: "/repos/web.git", defaultBranch: "main", gate: null },
      ...{ maxGateMs: 60_000, landingsAtOnce: 1, maxAgents: null, maxInReview: null },
    }),
  );
  const [one = ""] = await beads(town, { title: "one" });
  const ofBead = await follow(town, { query: `bead=${one}` });
  const ofRig = await follow(town, { query: "rig=web" });
  const ofAgents = await follow(town, { query: "kinds=agent,health" });
  await anAgent(town, "ada", "accept");
  await anAgent(town, "zoe", "accept", { rig: "web" });
  await beads(town, { title: "two", rig: "web" });
  await quiet(town);
  await until(() => ofBead.known.get(`beads ${one}`)?.status).toBe("in_progress");
  await until(() => ofRig.known.get("beads web-2")?.status).toBe("in_progress");
  await until(() => ofAgents.known.get("agents zoe")?.status).toBe("working");
  expect([...ofBead.known.keys()].sort()).toEqual([expect.stringMatching(/^attempts /), `beads ${one}`]);
  expect([...ofRig.known.keys()].map((name) => name.split(" ")[0]).sort()).toEqual([
    "agents",
    "attempts",
    "beads",
    "rigs",
  ]);
  expect([...ofAgents.known.keys()].sort()).toEqual(["agents ada", "agents zoe", "health"]);
});

test("what can't be asked for is refused, with what can", async () => {
  const town = await aTown();
  const refused = async (query: string) => json(await call("GET", `/v1/towns/${town.name}/stream?${query}`));
  expect(await refused("kinds=beads")).toMatchObject({ status: 422, code: "invalid_input" });
  expect(await refused("after=x")).toMatchObject({ status: 422 });
  expect(await refused("from=1")).toMatchObject({ status: 422 });
  expect(await json(await call("GET", "/v1/towns/nowhere/stream"))).toMatchObject({
    status: 404,
    code: "town_not_found",
  });
  expect((await call("GET", `/v1/towns/${town.name}/stream`, undefined, "")).status).toBe(401);
});

test("while nothing happens watchers cost an idle town no alarm, no pass and no row", async () => {
  const town = await aTown({ settings: keepsEverything });
  await quiet(town);
  const followers = await Promise.all(Array.from({ length: 10 }, () => follow(town)));
  for (const follower of followers) await until(() => follower.messages.length).toBe(1);
  const before = await rows(town);
  await evictDurableObject(town.stub());
  for (const follower of followers) follower.say("ping");
  for (const follower of followers) await until(() => follower.messages.at(-1)).toBe("pong");
  expect(await rows(town)).toEqual(before);
  expect(await armedAt(town)).toBe(null);
});

test("200 followers leave the rows of each pass as they are", async () => {
  const costs = async (followers: number) => {
    const town = await aTown({ settings: keepsEverything });
    await anAgent(town, "ada", "accept");
    const all = await Promise.all(Array.from({ length: followers }, () => follow(town)));
    await life(town);
    for (const one of all) await until(() => one.known.get("beads lib-1")?.status).toBe("closed");
    const { items } = ok(await town.client().query("list-ticks", { limit: 50, cursor: undefined }));
    return items.map(({ rowsRead, rowsWritten }) => ({ rowsRead, rowsWritten }));
  };
  expect(await costs(200)).toEqual(await costs(0));
});

test("sockets outlive the object: the next change is told by the next incarnation", async () => {
  const town = await aTown();
  const follower = await follow(town);
  await until(() => follower.messages.length).toBe(1);
  await evictDurableObject(town.stub());
  await beads(town, { title: "one" });
  await until(() => follower.known.get("beads lib-1")?.title).toBe("one");
  expect(follower.messages.at(-1).type).toBe("change");
});

test("who reads too slowly is told where it left off, and dropped; who says that it reads is not", async () => {
  const town = await aTown();
  const slow = await follow(town, { isSilent: true });
  const quick = await follow(town);
  const body = "x".repeat(30_000);
  for (let n = 0; n < 20; n++) {
    await beads(town, { title: `long ${n}`, body });
    await until(() => quick.known.has(`beads lib-${n + 1}`)).toBe(true);
  }
  await until(() => slow.closed?.code).toBe(4008);
  expect(slow.messages.at(-1)).toMatchObject({ type: "dropped", seq: slow.messages.at(-2).seq });
  expect(quick.closed).toBe(null);
  const back = await follow(town, { from: slow });
  await expectKnown(back, town);
});

test("what is followed with a token that can be revoked ends in time, misses nothing, and is not gone on with once it was", async () => {
  const town = await aTown();
  const { id, token } = await json(await call("POST", "/v1/tokens", { name: "x", preset: "viewer" }));
  const follower = await follow(town, { token });
  const forever = await follow(town);
  await until(() => follower.messages.length).toBe(1);
  await call("DELETE", `/v1/tokens/${id}`);
  await beads(town, { title: "one" });
  await until(() => follower.known.has("beads lib-1")).toBe(true);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + SESSION_MS });
  onTestFinished(() => void vi.useRealTimers());
  await beads(town, { title: "two" });
  await until(() => forever.known.has("beads lib-2")).toBe(true);
  await until(() => follower.closed?.code).toBe(4011);
  expect(follower.messages.at(-1)).toMatchObject({ type: "dropped", seq: follower.messages.at(-2).seq });
  expect(follower.known.has("beads lib-2")).toBe(false);
  await expect(follow(town, { from: follower, token })).rejects.toThrow("401");
  await expectKnown(await follow(town, { from: follower }), town);
});

test.each(["hello", '{"ack":"x"}', `{"ack":1,"${"x".repeat(200)}":1}`])(
  "what is no ack ends a stream: %s",
  async (said) => {
    const town = await aTown();
    const follower = await follow(town);
    await until(() => follower.messages.length).toBe(1);
    follower.say(said);
    await until(() => follower.closed?.code).toBe(4010);
  },
);

test("without an upgrade the same comes as events, and goes on behind the last one that was read", async () => {
  const town = await aTown();
  const path = `/v1/towns/${town.name}/stream`;
  const response = await call("GET", path);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const first = await events(response, (text) => text.includes("\n\n"));
  const [, seq = "", data = ""] = /^event: snapshot\nid: (\d+)\ndata: (.*)\n\n$/.exec(first) ?? [];
  expect(JSON.parse(data)).toMatchObject({ type: "snapshot", seq: Number(seq) });
  await beads(town, { title: "one" });
  const again = await call("GET", path, undefined, undefined, { "last-event-id": seq });
  const next = await events(again, (text) => text.includes("\n\n"));
  expect(next).toMatch(/^event: change\n/);
  expect(next).toContain('"title":"one"');
});

test("events end in their time too, also where nothing happens", async () => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const { 0: theirs, 1: ours } = new WebSocketPair();
  ours.accept();
  const reader = (eventsOf(theirs, Date.now() + 60_000).body as ReadableStream<Uint8Array>).getReader();
  const read = async () => new TextDecoder().decode((await reader.read()).value);
  for (const seconds of [20, 40]) {
    vi.advanceTimersByTime(20_000);
    expect(await read(), `${seconds}`).toBe(":\n\n");
  }
  vi.advanceTimersByTime(20_000);
  expect(await reader.read()).toMatchObject({ done: true });
});
