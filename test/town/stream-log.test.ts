/** What a run prints is read as it comes, by whoever may read logs. */
import { expect, test } from "vitest";
import { events, follow, until } from "./follower.ts";
import { call } from "./http.ts";
import { anAgent, aTown, beads, finished, quiet, reports, rows, type TestTown } from "./town.ts";

const prints = (town: TestTown, fence: number, text: string) => reports(town, fence, { kind: "log", text } as never);

async function aRun(): Promise<{ town: TestTown; fence: number }> {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  return { town, fence: (await rows(town)).beads[0]?.fence as number };
}

test("what is kept comes first, then each piece as it is printed, and the end", async () => {
  const { town, fence } = await aRun();
  await prints(town, fence, "begins\n");
  const reader = await follow(town, { path: `attempts/${fence}/log`, query: "follow=true" });
  await until(() => reader.messages.map(({ text }) => text)).toEqual(["begins\n"]);
  await prints(town, fence, "goes on\n");
  await until(() => reader.messages.at(-1).text).toBe("goes on\n");
  const { seq } = reader.messages[0];
  const later = await follow(town, { path: `attempts/${fence}/log`, query: `follow=true&after=${seq}` });
  await until(() => later.messages.map(({ text }) => text)).toEqual(["goes on\n"]);
  await reports(town, fence, finished);
  for (const one of [reader, later]) {
    await until(() => one.messages.at(-1)).toMatchObject({ type: "end", state: "finished" });
    await until(() => one.closed?.code).toBe(1000);
  }
});

test("of an attempt that is over all comes at once, as events, and the stream ends", async () => {
  const { town, fence } = await aRun();
  for (let n = 0; n < 45; n++) await prints(town, fence, `line ${n}\n`);
  await reports(town, fence, finished);
  const response = await call("GET", `/v1/towns/${town.name}/attempts/${fence}/log?follow=true`);
  const text = await events(response, () => false);
  expect(text).toMatch(/^event: gap\n/);
  expect(text.match(/^event: log$/gm)).toHaveLength(40);
  expect(text).toMatch(/event: end\nid: \d+\ndata: \{"type":"end".*"state":"finished"\}\n\n$/);
});

test("without `follow` the log is a page, and an attempt that is not there is refused", async () => {
  const { town, fence } = await aRun();
  const log = (query: string, of = fence) => call("GET", `/v1/towns/${town.name}/attempts/${of}/log${query}`);
  expect(((await (await log("")).json()) as { fence: number }).fence).toBe(fence);
  expect((await log("?follow=true", 99)).status).toBe(404);
  expect((await log("?follow=yes")).status).toBe(422);
});
