/**
 * What real tools printed in the stories of `npm run test:agents`, read again by today's presets: `recorded/`, with what was
 * understood on top. `npm run test:agents -- --record test/host/recorded` makes it anew.
 */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Recorded } from "../agents/recording.ts";
import { type Driver, modelOf, type Tool } from "../agents/tools.ts";
import { unlimited } from "./program.ts";
import { heard, spoken } from "./replay.ts";

const folder = new URL("recorded/", import.meta.url);
const names = readdirSync(folder).map((name) => name.replace(".txt", ""));
const textOf = (name: string): string => readFileSync(new URL(`${name}.txt`, folder), "utf8");

/** These are the host's or the town's own findings, whatever the tool printed. */
const NOT_SAID = ["no_commit", "run_timeout"];
/** The tool's wait began before its run was over. */
const ABOUT_S = 3;

beforeAll(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
});
afterAll(() => {
  vi.useRealTimers();
});

test.each(names)("%s is understood as it was", async (name) => {
  const [head = "", ...lines] = textOf(name).trimEnd().split("\n");
  const { state, failure, resetS, tokens, goesOn, at } = JSON.parse(head) as Recorded;
  const calledOff = state === "stopped" || failure?.code === "run_timeout";
  const [preset, driver] = name.split("-") as [Tool, Driver];
  vi.setSystemTime(at);
  const said = failure !== null && !NOT_SAID.includes(failure.code) ? failure : null;
  const maxTokens = failure?.code === "over_budget" ? 100 : null;
  const program = { ...unlimited, preset, driver, model: modelOf(preset), maxTokens };
  const found =
    driver === "acp" ? await spoken(program, lines, { goesOn, calledOff }) : heard(program, lines, said ? 1 : 0);
  const { failure: kind, code, retryAfterMs } = found.failure ?? {};
  expect(found.failure && { kind, code }).toEqual(said);
  if (resetS === null) expect(retryAfterMs).toBeUndefined();
  else expect(Math.abs((retryAfterMs ?? 0) / 1_000 - resetS)).toBeLessThanOrEqual(ABOUT_S);
  if (tokens !== null) expect(found.tokens).toBe(tokens);
});

describe("the recordings", () => {
  test("are of all four tools over both drivers", () => {
    const kinds = new Set(names.map((name) => name.split("-").slice(0, 2).join(" ")));
    expect([...kinds].sort()).toEqual(
      ["claude", "codex", "gemini", "opencode"].flatMap((tool) => [`${tool} acp`, `${tool} exec`]),
    );
  });

  test.each(names)("%s names no place or person of the machine it was made on", (name) => {
    expect(textOf(name)).not.toMatch(/(?<![\w/.-])\/(?:tmp|root|work|var|Users|home\/(?!agent))|127\.0\.0\.1:\d/);
  });
});
