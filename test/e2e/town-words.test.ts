/** What `npm run town` says, as functions of the Worker's answers. */
import { expect, onTestFinished, test, vi } from "vitest";
import { spoken } from "../../cli/town/again.ts";
import { connectionOf } from "../../cli/town/connection.ts";
import { didYouMean } from "../../cli/town/nearest.ts";
import { saying } from "../../cli/town/saying.ts";
import { plain } from "../../cli/town/text.ts";
import { span } from "../../cli/town/times.ts";

test.each([
  [0, "0 s"],
  [59_999, "59 s"],
  [3_599_999, "59 min"],
  [7_199_999, "1 h 59 min"],
  [7_200_000, "2 h"],
  [172_800_000, "2 days"],
  [-5_000, "0 s"],
])("%d ms are %s: never rounded up", (ms, text) => {
  expect(span(ms)).toBe(text);
});

test("what others wrote can't command the terminal", () => {
  expect(plain("a\u001b[31mb\r\nc\u202ed")).toBe("a [31mb. c d");
});

test.each([
  ["stauts", " Did you mean status?"],
  ["HEALTH", " Did you mean health?"],
  ["puase", " Did you mean pause?"],
  ["frobnicate", ""],
  ["", ""],
])("for %j it says %j", (typed, said) => {
  expect(didYouMean(typed, ["status", "health", "pause", "ticks"])).toBe(said);
});

test.each([
  ["https://town.example", {}, /needs its own token/],
  ["https://ann:hunter2@town.example", {}, /leave that out/],
  ["ftp://town.example", {}, /give a URL/],
  ["http://127.0.0.1:1/?a=b", {}, /give a URL/],
  ["http://127.0.0.1:1", { TOWNKEEPER_TOKEN: "hunter2\nx" }, /is no token/],
  ["http://127.0.0.1:1", { TOWNKEEPER_TOKEN: "hunter2€" }, /is no token/],
])("%s with %j is refused, and no secret is said again", (url, env, said) => {
  const connect = () => connectionOf({ url, tokenFile: undefined, state: "/nowhere" }, env);
  expect(connect).toThrow(said);
  expect(connect).not.toThrow(/hunter2/);
});

test("a token of one's own goes wherever one says", () => {
  const env = { TOWNKEEPER_TOKEN: " tk_x\n", TOWNKEEPER_URL: "https://town.example/base/" };
  expect(connectionOf({ url: undefined, tokenFile: undefined, state: "/nowhere" }, env)).toEqual({
    url: "https://town.example/base",
    token: "tk_x",
  });
});

test("who waits for an answer is told what for, and who has it at once is told nothing", async () => {
  const said: string[] = [];
  const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
  onTestFinished(() => spy.mockRestore());
  const { promise, resolve } = Promise.withResolvers<string>();
  expect(await saying("a quick one", Promise.resolve("at once"))).toBe("at once");
  const slow = saying("a host looks", promise);
  await vi.waitFor(() => expect(said).toEqual(["waiting: a host looks …\n"]), 10_000);
  resolve("at last");
  expect(await slow).toBe("at last");
  await expect(saying("a refusal", Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(said).toHaveLength(1);
});

test.each([
  ["GET /v1/tokens lists them.", "`town token list` lists them."],
  ["Create it first: POST /v1/towns.", "Create it first: `town town create TOWN`."],
  [
    "Who has tokens:admin makes one: POST /v1/tokens.",
    "Who has tokens:admin makes one: `town token create NAME --preset PRESET`.",
  ],
  [
    'Have it begun: POST …/rigs/em/preflight {"begin": true} makes',
    "Have it begun: `town rig preflight em --begin` makes",
  ],
  ['PATCH …/{town} {"draining": true}.', "`town drain`."],
  ['PATCH …/{town} {"paused":{"why":…}}', "`town pause --why REASON`"],
  ['PATCH …/rigs/lib {"paused":{"by":…,"why":"a release"}}', "`town rig pause lib --why 'a release'`"],
  ['PATCH …/agents/ada {"paused":{"why":…}}', "`town agent pause ada --why REASON`"],
  ['PATCH …/beads/lib-1 {"hold":{"why":…}}', "`town bead hold lib-1 --why REASON`"],
  ['Give "command", or "preset": one of a, b.', "Give a command behind --, or --preset: one of a, b."],
  ["Leave maxTokens out; the command stays.", "Leave --max-tokens out; the command stays."],
])("%j is told at a terminal as %j", (told, said) => {
  expect(spoken(told, (words) => `town ${words}`)).toBe(said);
});
