/** What a person reads of an input that is not taken. */
import { expect, test } from "vitest";
import { z } from "zod";
import { agentInput, beadInput, reason, rigInput } from "../../src/commands/inputs.ts";
import type { Refusal } from "../../src/lib/guard.ts";
import "../../src/lib/input-words.ts";
import { parse } from "../../src/lib/read-body.ts";
import { settingsPatch, settingsSchema } from "../../src/lib/settings.ts";
import { ordinal } from "../../src/lib/text.ts";
import { rigName } from "../../src/protocol/fields.ts";

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

const refused = (schema: z.ZodType, value: unknown) => {
  try {
    parse(schema, value);
  } catch (error) {
    return error as Refusal;
  }
  throw new Error("it was taken");
};

test.each<[unknown, string, string]>([
  [
    { beads: [{}, {}, { rig: "lib", title: 3 }] },
    "the 1st of beads, rig: is missing: give a text (and 4 more)",
    "beads.0.rig",
  ],
  [{ beads: [{ rig: "lib", title: "" }] }, "the 1st of beads, title: must not be empty", "beads.0.title"],
  [
    { beads: Array(12).fill({ rig: "lib", title: "x" }).concat(7) },
    "the 13th of beads: must be an object, and is 7",
    "beads.12",
  ],
  [
    { beads: [{ rig: "lib", title: "x", labels: ["a", ""] }] },
    "the 1st of beads, the 2nd of labels: must not be empty",
    "beads.0.labels.1",
  ],
  [{ reason: " " }, "reason: say why, in a few words: it is kept with what is done", "reason"],
  [{ rig: `${"x".repeat(61)}` }, "rig: must have at most 48 characters", "rig"],
  [{ settings: { heartbeatMs: 0 } }, "settings.heartbeatMs: must be at least 1", "settings.heartbeatMs"],
  [
    { settings: { heartbeatMs: "x" } },
    "settings.heartbeatMs: must be a number or null, and is a text",
    "settings.heartbeatMs",
  ],
])("of the whole of %j a person reads %s", (value, detail, path) => {
  const schema = z.strictObject({ beads: z.array(beadInput), reason, rig: rigName, settings: settingsPatch }).partial();
  const refusal = refused(schema, value);
  expect(refusal.problem.detail).toBe(detail);
  expect(refusal.problem.errors?.[0]?.path).toBe(path);
});

test("counted as people do", () => {
  const some = [1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111, 112, 123].map(ordinal).join(" ");
  expect(some).toBe("1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 101st 111th 112th 123rd");
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
