/** What real tools printed in the stories of `npm run test:agents`, read again by today's presets: `recorded/`, with what was understood on top. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Listener } from "../../host/listener.ts";
import type { PresetName } from "../../src/lib/presets/index.ts";

const folder = new URL("recorded/", import.meta.url);

interface Recorded {
  state: string;
  failure: { kind: string; code: string } | null;
  tokens: number | null;
}

/** These are the host's or the town's own findings, whatever the tool printed. */
const NOT_SAID = ["no_commit", "run_timeout", "over_budget"];

describe.each(readdirSync(folder).map((name) => name.replace(".txt", "")))("%s", (name) => {
  const [head = "", ...lines] = readFileSync(new URL(`${name}.txt`, folder), "utf8")
    .trimEnd()
    .split("\n");
  const { failure, tokens } = JSON.parse(head) as Recorded;
  const preset = name.split("-")[0] as PresetName;

  test("is understood as it was", () => {
    const spec = {
      preset,
      driver: "exec",
      permissions: "allow",
      model: null,
      maxCostUsd: null,
      maxTokens: null,
    } as const;
    const listener = new Listener(spec, []);
    for (const line of lines) listener.hear(line);
    listener.close();
    const said = failure !== null && !NOT_SAID.includes(failure.code) ? failure : null;
    const exit = { code: said ? 1 : 0, signal: null };
    const found = listener.unlessUnknown(listener.failureOf(exit, lines.join("\n")));
    expect(found && { kind: found.failure, code: found.code }).toEqual(said);
    const { usage } = listener;
    if (tokens !== null && said === null) expect((usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0)).toBe(tokens);
  });
});
