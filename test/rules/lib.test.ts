import { DrizzleError } from "drizzle-orm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findCycle } from "../../src/beads/cycle.ts";
import { backoffMs } from "../../src/lib/backoff.ts";
import { goesOnWith } from "../../src/lib/going-on.ts";
import { promptFor } from "../../src/lib/prompt.ts";
import { sameSecret } from "../../src/lib/secrets.ts";
import { storageTroubleOf } from "../../src/lib/storage-trouble.ts";
import { ended, messageOf } from "../../src/lib/text.ts";
import { repoUrl } from "../../src/protocol/common.ts";
import { isStale } from "../../src/reconciler/watch/staleness.ts";

test("backoff doubles to its cap, and never leaves the upper half of its step", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.double({ min: 0, max: 0.999_999, noNaN: true }),
      (failures, random) => {
        const step = Math.min(60_000, 1_000 * 2 ** (failures - 1));
        const wait = backoffMs(failures, 1_000, 60_000, random);
        expect(wait).toBeGreaterThanOrEqual(step / 2);
        expect(wait).toBeLessThanOrEqual(step);
      },
    ),
  );
});

test.each([
  ["Network connection lost.", "Network connection lost."],
  ["it is gone", "it is gone."],
  ["who is it?\n", "who is it?"],
  ["and so on…", "and so on…"],
])("%j as a sentence has one end", (text, sentence) => {
  expect(ended(text)).toBe(sentence);
});

test("of a query that failed the reason is told, and not the query; a full disk is known as one behind it", () => {
  const cause = new Error("database or disk is full: SQLITE_FULL");
  const failed = new DrizzleError({ message: "Failed to run the query 'INSERT INTO audit …'", cause });
  expect(messageOf(failed)).toBe(cause.message);
  expect(storageTroubleOf(failed)?.code).toBe("storage_full");
  expect(messageOf(new DrizzleError({ message: "Rollback" }))).toBe("DrizzleError: Rollback");
});

test("a cycle is found and told as its path; a graph without one is left alone", () => {
  expect(
    findCycle(
      new Map([
        ["a", ["b"]],
        ["b", ["c"]],
        ["c", ["b"]],
      ]),
    ),
  ).toEqual(["b", "c", "b"]);
  expect(findCycle(new Map([["a", ["a"]]]))).toEqual(["a", "a"]);
  expect(
    findCycle(
      new Map([
        ["a", ["b", "c"]],
        ["b", ["d"]],
        ["c", ["d"]],
        ["d", []],
      ]),
    ),
  ).toBeNull();
  const chain = new Map(Array.from({ length: 20_000 }, (_, i) => [`n${i}`, [`n${i + 1}`]]));
  expect(findCycle(chain)).toBeNull(); // deep, and no stack overflow
});

test("any edges that only point back are acyclic, and closing one path makes a cycle", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 2, maxLength: 30 }), (rows) => {
      const edges = new Map(rows.map((row, i) => [`${i}`, i === 0 ? [] : row.map((n) => `${n % i}`)]));
      expect(findCycle(edges)).toBeNull();
      edges.set("0", [`${rows.length - 1}`]);
      edges.set(`${rows.length - 1}`, ["0"]);
      expect(findCycle(edges)).not.toBeNull();
    }),
  );
});

test("secrets compare by value", async () => {
  expect(await sameSecret("abc", "abc")).toBe(true);
  expect(await sameSecret("abc", "abd")).toBe(false);
  expect(await sameSecret("", "abc")).toBe(false);
});

test("only repositories that git may be trusted with are taken", () => {
  for (const good of [
    "https://example.com/a.git",
    "ssh://git@example.com/a",
    "git@example.com:org/a.git",
    "/srv/a.git",
    "file:///srv/a.git",
  ])
    expect(repoUrl.safeParse(good).success).toBe(true);
  for (const bad of [
    "--upload-pack=touch /tmp/x",
    "ext::sh -c id",
    "-oProxyCommand=id",
    "a.git",
    "",
    "http:// a",
    "-x@host:path",
    "https://user:secret@example.com/a.git",
    "https://token@example.com/a.git",
    "ssh://git:secret@example.com/a.git",
    "ssh://-oProxyCommand=id/a",
  ])
    expect(repoUrl.safeParse(bad).success).toBe(false);
});

test("stale is strictly past the threshold; nothing due is never stale", () => {
  const idle = { pollStartedAtMs: null, pollCompletedAtMs: null, nextWakeAtMs: null };
  expect(isStale(idle, 1e12, 60_000)).toBe(false);
  expect(isStale({ ...idle, pollStartedAtMs: 1_000, pollCompletedAtMs: 500 }, 61_000, 60_000)).toBe(false);
  expect(isStale({ ...idle, pollStartedAtMs: 1_000, pollCompletedAtMs: 500 }, 61_001, 60_000)).toBe(true);
  expect(isStale({ ...idle, pollStartedAtMs: 1_000, pollCompletedAtMs: 1_000 }, 1e12, 60_000)).toBe(false);
  expect(isStale({ ...idle, nextWakeAtMs: 1_000 }, 61_001, 60_000)).toBe(true);
});

test("a prompt names the bead and what is known of earlier tries, and no fence", () => {
  const parts = {
    beadId: "lib-7",
    title: "Mend the roof",
    body: "It rains in.",
    acceptance: "A night of rain leaves the floor dry.",
    notes: [{ kind: "conflict", text: "both changed roof.txt" }],
  };
  const prompt = promptFor(parts);
  for (const said of [
    "Mend the roof",
    "It rains in.",
    "leaves the floor dry",
    "lib-7",
    "[conflict] both changed roof.txt",
  ])
    expect(prompt).toContain(said);
  expect(prompt).not.toContain("town/lib-7/");
});

describe("what a further try goes on with", () => {
  const work = { branch: "town/lib-1/3", head: "a".repeat(40), base: "b".repeat(40) };
  const goesOn = (kinds: string[], anew = false, known: Parameters<typeof goesOnWith>[0]["work"] = work) =>
    goesOnWith({ work: known, lessons: kinds.map((kind) => ({ kind })), anew });
  test.each([
    [[], false, work],
    [["agent_failed", "agent_failed"], false, work],
    [["conflict"], true, work],
    [["agent_failed"], true, null],
    [["conflict", "agent_failed"], true, null],
    [["gate_failed"], false, work],
    [["gate_failed", "gate_failed"], false, null],
    [["gate_failed", "agent_failed", "gate_failed"], false, work],
    [["gate_failed", "gate_failed", "gate_failed"], false, work],
    [["conflict", "gate_failed", "gate_failed"], false, null],
    [["declined"], false, null],
    [["declined", "agent_failed"], false, work],
  ])("after %j, anew %j", (kinds, anew, wanted) => expect(goesOn(kinds, anew)).toEqual(wanted));
  test("is nothing where nothing is known, which is not to begin anew", () => {
    expect(goesOn(["agent_failed"], false, { branch: null, head: null, base: null })).toBeUndefined();
    expect(goesOn([], false, { ...work, base: null })).toEqual({ branch: work.branch, head: work.head });
  });
});
