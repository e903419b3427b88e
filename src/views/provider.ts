import { z } from "zod";
import type { Doubt, Provider } from "../db/schema.ts";
import { iso } from "../lib/time.ts";
import { failureSchema, failureView, time } from "./common.ts";

/** What is not known yet to be a bead's, an agent's or a provider's trouble, and until when those are kept apart. */
export const doubtSchema = z
  .object({
    bead: z.string(),
    agent: z.string(),
    kind: failureSchema.shape.kind,
    at: time,
    apartUntil: time,
  })
  .meta({
    id: "Doubt",
    description: "A failure that may be the bead's, the agent's or the provider's; they are kept apart until then.",
  });

export const doubtsView = (doubts: readonly Doubt[] | null): z.output<typeof doubtSchema>[] =>
  (doubts ?? []).map(({ bead, agent, kind, atMs, untilMs }) => ({
    ...{ bead, agent, kind, at: iso(atMs), apartUntil: iso(untilMs) },
  }));

/** A provider of a model: agents of one share its limits and its credentials. */
export const providerSchema = z
  .object({
    id: z.string(),
    troubles: z.int(),
    trouble: failureSchema.nullable(),
    doubts: z.array(doubtSchema),
    notBeforeAt: time,
  })
  .meta({ id: "Provider" });

export const providerView = ({
  id,
  troubles,
  trouble,
  doubts,
  notBeforeMs,
}: Provider): z.output<typeof providerSchema> => ({
  id,
  troubles,
  trouble: failureView(trouble),
  doubts: doubtsView(doubts),
  notBeforeAt: iso(notBeforeMs),
});
