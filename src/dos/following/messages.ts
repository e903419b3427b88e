/** What those who follow a town are told, and what they ask. */
import { z } from "zod";
import { slug } from "../../protocol/common.ts";
import { agentSchema } from "../../views/agent.ts";
import { attemptSchema } from "../../views/attempt.ts";
import { attentionSchema } from "../../views/attention.ts";
import { beadSchema } from "../../views/bead.ts";
import { time } from "../../views/common.ts";
import { convoySummarySchema } from "../../views/convoy.ts";
import { healthSchema } from "../../views/health.ts";
import { hostSchema } from "../../views/host.ts";
import { providerSchema } from "../../views/provider.ts";
import { incidentSchema } from "../../views/records.ts";
import { rigSchema } from "../../views/rig.ts";
import { desiredSchema, townSchema } from "../../views/town.ts";

/** Kinds of rows, by the lists in which messages have them. */
export const LISTS = {
  bead: "beads",
  convoy: "convoys",
  agent: "agents",
  attempt: "attempts",
  rig: "rigs",
  host: "hosts",
  provider: "providers",
  incident: "incidents",
} as const;
export type Listed = keyof typeof LISTS;

const KINDS = ["town", "health", "attention", ...(Object.keys(LISTS) as Listed[])] as const;
export type Kind = (typeof KINDS)[number];

const seq = z
  .string()
  .regex(/^\d{1,15}$/, "must be the seq of a message")
  .transform(Number);

const kinds = z
  .string()
  .transform((text) => text.split(","))
  .pipe(z.array(z.enum(KINDS)).min(1));

export const followQuery = z.strictObject({
  after: seq.optional().describe("the seq of the last message that was read: no snapshot, but what has changed since"),
  kinds: kinds.optional().describe(`some of ${KINDS.join(", ")}, separated by commas`),
  rig: slug.optional().describe("only this rig, its beads, agents and attempts"),
  bead: slug.optional().describe("only this bead, and its attempts"),
});

export const followLogQuery = z.strictObject({
  follow: z.literal("true", "is `true`, or is left out").optional().describe("what comes is sent as it comes"),
  after: seq.optional().describe("of followers: the seq of the last piece that was read"),
});

const lists = {
  beads: z.array(beadSchema),
  convoys: z.array(convoySummarySchema),
  agents: z.array(agentSchema),
  attempts: z.array(attemptSchema),
  rigs: z.array(rigSchema),
  hosts: z.array(hostSchema),
  providers: z.array(providerSchema),
  incidents: z.array(incidentSchema),
} satisfies Record<(typeof LISTS)[Listed], z.ZodType>;

const head = {
  seq: z.int().describe("never falls; `after` takes it"),
  at: time,
  ack: z.literal(true).optional().describe("by WebSocket: answer it with `{ack: seq}`"),
  health: healthSchema.optional(),
  attention: attentionSchema.optional(),
};

const snapshotSchema = z
  .object({
    type: z.literal("snapshot"),
    ...head,
    why: z.enum(["first", "missed"]).describe("`missed`: what has changed since `after` is not known any more"),
    more: z.boolean().describe("there are more beads that are not over: GET …/beads lists them"),
    town: townSchema.optional(),
    ...z.object(lists).partial().shape,
  })
  .meta({ id: "Snapshot", description: "All that is so now: what was known before counts no more." });

const changeSchema = z
  .object({
    type: z.literal("change"),
    ...head,
    town: desiredSchema.optional(),
    ...z.object(lists).partial().shape,
    gone: z.array(z.object({ kind: z.enum(Object.keys(LISTS) as [Listed, ...Listed[]]), id: z.string() })).optional(),
  })
  .meta({ id: "Change", description: "What has changed, as it is now." });

const dropped = z.object({ type: z.literal("dropped"), seq: z.int(), why: z.string() });

/** Each event of the stream. */
export const messageSchema = z.discriminatedUnion("type", [snapshotSchema, changeSchema, dropped]);
export const logMessageSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("log"), seq: z.int(), at: time, text: z.string(), ack: head.ack }),
  z.object({ type: z.literal("gap"), seq: z.int() }),
  z.object({ type: z.literal("end"), seq: z.int(), state: attemptSchema.shape.state }),
  dropped,
]);

export type Snapshot = z.output<typeof snapshotSchema>;
export type ChangeMessage = z.output<typeof changeSchema>;
export type Message = z.output<typeof messageSchema> | z.output<typeof logMessageSchema>;
/** Lists of views, by their names in a message. */
export type Lists = { [Name in keyof typeof lists]?: z.output<(typeof lists)[Name]> };

/** What a follower wants of all that changes. */
export interface Wanted {
  kinds: readonly Kind[];
  rig: string | null;
  bead: string | null;
}

const OF_BEAD: readonly Kind[] = ["bead", "attempt"];
const OF_RIG: readonly Kind[] = ["rig", "bead", "agent", "attempt"];

/** @param allowed what its token may see */
export function wantedBy(
  { kinds, rig, bead }: Omit<z.output<typeof followQuery>, "after">,
  allowed: (kind: Kind) => boolean,
): Wanted {
  const usual = bead === undefined ? (rig === undefined ? KINDS : OF_RIG) : OF_BEAD;
  return { kinds: (kinds ?? usual).filter(allowed), rig: rig ?? null, bead: bead ?? null };
}
