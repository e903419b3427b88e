/** The table of ADR 0032, row by row. */
import { expect, test } from "vitest";
import { type Case, whoseTrouble } from "../../src/attempts/whose-trouble.ts";
import type { Doubt, Strike } from "../../src/db/schema.ts";

const KIND = "auth" as const;
const strike = (agent: string, atMs: number, more: Partial<Strike> = {}): Strike => ({
  ...{ agent, provider: null, kind: KIND, message: "no", atMs, isFresh: true, isExcused: false },
  ...more,
});
const doubt = (agent: string, bead: string, more: Partial<Doubt> = {}): Doubt => ({
  ...{ agent, bead, kind: KIND, atMs: 1, untilMs: 9, isRepeat: false },
  ...more,
});

/** Of bead `b` on agent `a`. @param well when runs of each agent last came to an end of their own; 0: never */
const whose = (part: Partial<Case>, well: Record<string, number> = {}, unclean: string[] = []) =>
  whoseTrouble({
    ...{ bead: "b", agent: "a", provider: null, kind: KIND, sick: null, doubts: [], strikes: [] },
    standing: (agent) => ({ isClean: !unclean.includes(agent), wellAtMs: well[agent] ?? 0 }),
    ...part,
  }).whose;

test("one bead on one agent is nobody's yet, however often, with nothing else to tell by", () => {
  expect(whose({})).toBe("pair");
  expect(whose({ strikes: [1, 2, 3, 4, 5].map((atMs) => strike("a", atMs, { isFresh: atMs === 1 })) })).toBe("pair");
});

test("two beads on one agent are the agent's, and on two of one provider the provider's", () => {
  expect(whose({ doubts: [doubt("a", "c")] })).toBe("agent");
  expect(whose({ doubts: [doubt("a", "c")], provider: "p" })).toBe("agent");
  expect(whose({ doubts: [doubt("o", "c")], provider: "p" })).toBe("provider");
  expect(whose({ doubts: [doubt("o", "b")], provider: "p" })).toBe("pair");
  expect(whose({ doubts: [doubt("a", "c", { kind: "provider_limited" })] })).toBe("pair");
});

test("one bead on two agents is the bead's, unless one of them fails others, or both share a provider that did no better since", () => {
  expect(whose({ strikes: [strike("o", 1)] })).toBe("bead");
  expect(whose({ strikes: [strike("o", 1)] }, {}, ["o"])).toBe("pair");
  expect(whose({ strikes: [strike("o", 1, { isExcused: true })] })).toBe("pair");
  const shared = { provider: "p", strikes: [strike("o", 5, { provider: "p" })] };
  expect(whose(shared, { a: 4 })).toBe("pair");
  expect(whose(shared, { a: 6 })).toBe("bead");
});

test("with one agent alone the fourth time tells, if others did well each time in between", () => {
  const thrice = [1, 3, 5].map((atMs) => strike("a", atMs));
  expect(whose({ strikes: thrice }, { a: 6 })).toBe("bead");
  expect(whose({ strikes: thrice.slice(1) }, { a: 6 })).toBe("pair");
  expect(whose({ strikes: thrice }, { a: 4 })).toBe("pair");
});

test("a bead that failed before while others did well tells nothing of an agent", () => {
  expect(whose({ doubts: [doubt("a", "c", { isRepeat: true })] })).toBe("pair");
  expect(whose({ doubts: [doubt("a", "c")], strikes: [strike("a", 1)] }, { a: 2 })).toBe("pair");
});

test("what is known to be sick is to blame until a run of it does well", () => {
  expect(whose({ sick: "agent", strikes: [strike("o", 1)] })).toBe("agent");
  expect(whose({ sick: "provider", provider: "p" })).toBe("provider");
});
