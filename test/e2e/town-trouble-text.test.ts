/** What `npm run town` says where something keeps a bead or an agent, as functions of the Worker's answers. */
import type { Command } from "commander";
import { expect, test } from "vitest";
import { spoken } from "../../cli/town/again.ts";
import { type AgentNow, agentNow } from "../../cli/town/agent-text.ts";
import type { Agent } from "../../cli/town/answers.ts";
import { program } from "../../cli/town/program.ts";
import { explainLines, lastTryLines, waitingLines } from "../../cli/town/text.ts";
import { gateIn } from "../../cli/town/waits.ts";
import { inPeoplesWords } from "../../cli/town/words.ts";

const NOW = Date.parse("2026-01-01T12:00:00Z");
const at = (ms: number) => new Date(NOW + ms).toISOString();
const again = (words: string) => `npm run town -- ${words} --town home`;
const ada: Agent = {
  ...{ id: "ada", rig: "lib", status: "idle", enabled: true, bead: null, paused: null },
  ...{ troubles: 0, trouble: null, doubts: [], notBeforeAt: null, preflight: null },
};

test.each<[string, Partial<Agent>, AgentNow]>([
  ["free", {}, { state: "idle", back: "", why: "" }],
  ["with a bead on its hook", { bead: "lib-1" }, { state: "waits to retry", back: "", why: "" }],
  ["paused", { paused: { by: "ann", why: "lunch", until: null } }, { state: "paused", back: "", why: "by ann: lunch" }],
  [
    "kept from one bead",
    {
      troubles: 1,
      trouble: { kind: "auth", message: "log in" },
      doubts: [{ bead: "lib-1", apartUntil: at(30_000) }],
    },
    { state: "not let in", back: "for lib-1 in 30 s", why: "log in" },
  ],
  [
    "whose program is missing",
    { troubles: 2, trouble: { kind: "refused", message: "no such program" }, notBeforeAt: at(90_000) },
    { state: "in trouble", back: "in 1 min", why: "no such program" },
  ],
  ["cooling down", { notBeforeAt: at(90_000) }, { state: "cooling down", back: "in 1 min", why: "" }],
  [
    "of a trouble that is over",
    { troubles: 0, trouble: { kind: "auth", message: "over" } },
    { state: "idle", back: "", why: "" },
  ],
])("an agent %s is not called idle unless it is free", (_name, agent, now) => {
  expect(agentNow({ ...ada, ...agent }, NOW)).toEqual(now);
});

test("beside the verdict stands how much waits for a person", () => {
  const item = {
    key: "k",
    kind: "parked",
    target: { type: "bead" as const, id: "lib-1" },
    since: null,
    times: 1,
    what: "x",
    meanwhile: "y",
    nextAt: null,
    hint: null,
    verb: null,
    command: null,
  };
  const items = (["critical", "warning", "warning", "notice"] as const).map((severity) => ({ ...item, severity }));
  const line = "waits for you: 1 critical, 2 warnings, 1 notice  (npm run town -- attention --town home)";
  expect(waitingLines({ items, more: 0 }, again)).toEqual([line]);
  expect(waitingLines({ items: [], more: 0 }, again)).toEqual([]);
  expect(waitingLines({ items: items.slice(0, 1), more: 9 }, again)[0]).toContain("1 critical, and 9 more");
});

test("why a gate failed is shown, and where the rest of it is", () => {
  const lastTry = { fence: 9, kind: "landing" as const, tail: "testing\nFAIL one" };
  expect(lastTryLines(lastTry, again)).toEqual([
    "The end of what its last landing that came to nothing printed (fence 9; all of it: npm run town -- attempt log 9 --town home):",
    "  | testing",
    "  | FAIL one",
  ]);
  expect(lastTryLines({ ...lastTry, tail: "" }, again)).toEqual([]);
  expect(lastTryLines(null, again)).toEqual([]);
});

test.each([
  [[], ""],
  [[{ gate: "rig_trouble", ok: false, why: "x", until: at(60_000) }], "rig trouble, in 1 min"],
  [[{ gate: "backoff", ok: false, why: "x", until: at(2_000) }], "retry, in 2 s"],
  [
    [
      { gate: "backoff", ok: false, why: "x", until: at(2_000) },
      { gate: "agent", ok: false, why: "limited", until: at(60_000) },
    ],
    "no free agent, in 1 min",
  ],
  [[{ gate: "parked", ok: false, why: "x", until: null }], ""],
])("a list says of a bead which gate keeps it: %j", (gates, word) => {
  expect(gateIn({ gates }, NOW)).toBe(word);
});

test("of a bead on the hook of an agent it is said that it waits for that one, and no other", () => {
  const gates = [{ gate: "agent", ok: false, why: "bob cools down", until: at(60_000) }];
  expect(gateIn({ gates }, NOW, "bob")).toBe("its agent bob, in 1 min");
  const told = { bead: "lib-1", summary: "", runsAs: null, gates, nextLookAt: null, lastTry: null, unblock: null };
  expect(explainLines({ ...told, status: "in_progress" }, again)[0]).toBe("lib-1: waiting for its agent. It waits:");
  expect(explainLines({ ...told, status: "open" }, again)[0]).toBe("lib-1: open. It waits:");
});

test("what the town says of fields is said of flags, and `town create` is what it reads as", () => {
  expect(spoken("{bead} in the path: use letters", again)).toBe("the bead: use letters");
  expect(spoken("name it (the rig's defaultBranch)", again)).toBe("name it (the rig's --branch)");
  const described = (...path: string[]) =>
    path.reduce<Command | undefined>((of, word) => of?.commands.find((each) => each.name() === word), program());
  expect(described("create")?.usage()).toBe(described("town", "create")?.usage());
  expect(described("bead", "create")?.usage()).toBe("[options] <title>");
  expect(inPeoplesWords({ status: "failed", progress: { failed: 1 }, members: [{ status: "failed" }] })).toEqual({
    status: "parked",
    progress: { parked: 1 },
    members: [{ status: "parked" }],
  });
});
