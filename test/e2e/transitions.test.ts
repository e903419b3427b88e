/** What `npm start` tells of a town that moves, as a function of two looks at it. */
import { expect, test } from "vitest";
import type { Agent, Attempt, Bead } from "../../cli/api.ts";
import { Reading } from "../../cli/news.ts";
import type { Message } from "../../cli/stream.ts";
import { transitions } from "../../cli/transitions.ts";

const NOW = Date.parse("2026-01-31T12:00:00Z");
const at = (seconds: number) => new Date(NOW + seconds * 1_000).toISOString();
const bead = (more: Partial<Bead>) =>
  ({ id: "app-1", title: "one", status: "open", rig: "app", agent: null, notBeforeAt: null, ...more }) as Bead;
const agent = (more: object) =>
  ({
    id: "ada",
    rig: "app",
    status: "idle",
    enabled: true,
    bead: "app-1",
    paused: null,
    doubts: [],
    ...more,
  }) as unknown as Agent;
const run = (kind: string, code: string) =>
  ({
    ...{ fence: 1, kind: "run", bead: "app-1", agent: "ada", state: "released", acceptedAt: at(-1) },
    failure: { kind, code, message: "why" },
  }) as Attempt;

const before = { beads: [bead({})], attempts: [], agents: [agent({ bead: null })] };
const hooked = bead({ status: "in_progress", agent: "ada", notBeforeAt: at(0.3) });
const trouble = (kind: string) => ({ troubles: 1, notBeforeAt: at(26), trouble: { kind, message: "why" } });

test.each([
  ["auth", "no_login", hooked, trouble("auth"), "ada not let in, tried in 26 s"],
  ["provider_limited", "limit", hooked, trouble("provider_limited"), "ada limited, tried in 26 s"],
  ["refused", "exit_code", hooked, trouble("refused"), "ada in trouble, tried in 26 s"],
  [
    "refused",
    "exit_code",
    bead({ notBeforeAt: at(0.3) }),
    trouble("refused"),
    "ada in trouble, waits for an agent of app",
  ],
  ["rig_trouble", "push_refused", hooked, {}, "ada idle again, waits for rig app"],
  ["unreachable", "fetch_failed", hooked, {}, "ada idle again, waits for rig app"],
  ["agent_failed", "exit_code", hooked, {}, "ada idle again, retry in 0.3 s"],
  ["agent_failed", "exit_code", bead({ status: "failed" }), {}, "ada idle again, bead parked"],
])("after %s (%s) it is said what the next try waits for", (kind, code, now, more, then) => {
  const lines = transitions(
    before,
    { beads: [now], attempts: [run(kind, code)], agents: [agent({ bead: now.agent && now.id, ...more })] },
    NOW,
  );
  expect(lines).toContain(`app-1 run failed (${code}: why) → ${then}`);
});

test("of one moment it is told first what began", () => {
  const lines = transitions(
    before,
    { beads: [hooked], attempts: [run("agent_failed", "exit_code")], agents: [agent({})] },
    NOW,
  );
  expect(lines[0]).toBe("app-1 open → in_progress, ada: one");
  expect(lines[1]).toMatch(/^app-1 run failed/);
});

test("beads of one batch are told in the order of their numbers, also those that are at work when they are first seen", () => {
  const reading = new Reading();
  const again = (words: string) => words;
  reading.read({ type: "snapshot", seq: 1, beads: [], attempts: [], agents: [] }, again);
  const made = ["app-10", "app-11", "app-9", "app-12"].map((id) =>
    bead({ id, createdAt: at(0), ...(id === "app-11" ? {} : { status: "in_progress", agent: "ada" }) }),
  );
  const beads = [...made, bead({ id: "lib-1", createdAt: at(-1) })];
  expect(reading.read({ type: "change", seq: 2, beads }, again)).toEqual([
    ...["lib-1", "app-9", "app-10", "app-11", "app-12"].map((id) => `${id} queued: one`),
    ...["app-9", "app-10", "app-12"].map((id) => `${id} open → in_progress, ada: one`),
  ]);
});

test("what was made from a moment on is news, though the first message has it", () => {
  const beads = [bead({ id: "app-1", createdAt: at(-1) }), bead({ id: "app-2", createdAt: at(1) })];
  const first: Message = { type: "snapshot", seq: 1, beads, attempts: [], agents: [] };
  expect(new Reading(NOW).read(first, (words) => words)).toEqual(["app-2 queued: one"]);
  expect(new Reading().read(first, (words) => words)).toEqual([]);
});
