/** What a person reads of an input that is not taken. */
import { expect, test } from "vitest";
import type { z } from "zod";
import { agentInput, beadInput, rigInput } from "../../src/commands/inputs.ts";
import "../../src/lib/input-words.ts";
import { settingsSchema } from "../../src/lib/settings.ts";

const said = (schema: z.ZodType, value: unknown) =>
  schema.safeParse(value).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);

test.each<[unknown, string]>([
  [{ title: "x" }, "rig: is missing: give a text"],
  [{ rig: "lib", title: 3 }, "title: must be a text, and is 3"],
  [{ rig: "lib", title: "" }, "title: must not be empty"],
  [{ rig: "lib", title: "x", priority: 9 }, "priority: must be at most 4"],
  [{ rig: "lib", title: "x", priority: 1.5 }, "priority: must be a whole number, and is 1.5"],
  [{ rig: "lib", title: "x", type: "story" }, "type: must be one of task, bug, chore, review"],
  [{ rig: "lib", title: "x", colour: "red" }, ": there is no colour here: leave it out, or mend its name"],
  [{ rig: "Lib!", title: "x" }, "rig: use lower-case letters, digits and single dashes, such as my-rig"],
])("of a bead %j: %s", (value, words) => {
  expect(said(beadInput, value)).toEqual([words]);
});

const ODD: unknown[] = [null, true, -1, 1.5, 1e99, "", "\0", "x".repeat(300_000), [], [1], {}, { x: 1 }];

test("no words of the library reach anybody, whatever is wrong with whichever field", () => {
  const whole: [z.ZodType, readonly string[], object][] = [
    [beadInput, Object.keys(beadInput.shape), { rig: "lib", title: "x" }],
    [rigInput, Object.keys(rigInput.shape), { id: "lib", repoUrl: "/lib.git" }],
    [agentInput, Object.keys(agentInput.shape), { id: "ada", rig: "lib", command: ["x"] }],
    [settingsSchema, Object.keys(settingsSchema.parse({})), {}],
  ];
  const foreign: string[] = [];
  let read = 0;
  for (const [schema, fields, value] of whole)
    for (const field of [...fields, "unknown"])
      for (const odd of ODD)
        for (const words of said(schema, { ...value, [field]: odd }) ?? []) {
          read++;
          if (/invalid|expected|received|unrecognized|too (?:small|big)|\bNaN\b|\/\^/i.test(words)) foreign.push(words);
        }
  expect(read).toBeGreaterThan(100);
  expect([...new Set(foreign)]).toEqual([]);
});
