import { z } from "zod";
import { time } from "./common.ts";

const item = z.object({
  key: z.string().describe("the same for as long as this trouble lasts, and no other item has it"),
  kind: z.string(),
  severity: z
    .enum(["critical", "warning", "notice"])
    .describe(
      "a town, a rig, a host or a provider stands; one bead, agent, event or webhook does; nothing waits for it",
    ),
  target: z.object({
    type: z.enum(["town", "rig", "host", "provider", "agent", "bead", "event", "incident", "row", "webhook"]),
    id: z.string(),
  }),
  since: time,
  times: z.int().describe("how often it came to nothing so far"),
  what: z.string(),
  meanwhile: z.string().describe("what the town does until then"),
  nextAt: time.describe("when it looks, or tries, by itself; null: it does not"),
  hint: z.string().nullable().describe("what a person has to do before the verb is of use; null: nothing"),
  evidence: z.record(z.string(), z.unknown()),
  verb: z
    .object({
      method: z.enum(["POST", "PATCH", "DELETE"]),
      path: z.string(),
      body: z.record(z.string(), z.unknown()).nullable(),
    })
    .nullable()
    .describe("the request that mends it; null: none does, the hint says what will"),
  command: z
    .string()
    .nullable()
    .describe("what a person types at a terminal for the verb; null: nothing does the same"),
});
export type AttentionItemView = z.output<typeof item>;

/** What waits for a person: the worst first, and of those the newest. */
export const attentionSchema = z
  .object({
    items: z.array(item.meta({ id: "AttentionItem" })),
    counts: z.record(z.string(), z.int()).describe("how many there are of each kind that there is"),
    more: z.int().describe("how many are not shown"),
  })
  .meta({ id: "Attention" });
