/** What each route takes. */
import { z } from "zod";
import {
  agentChange,
  convoyReason,
  hostChange,
  hostTakeover,
  importInput,
  incidentDismissal,
  pauseInput,
  rigChange,
  stopInput,
  verdictInput,
} from "../commands/inputs.ts";
import { settingsSchema } from "../lib/settings.ts";
import { fence, slug } from "../protocol/common.ts";

export {
  agentInput,
  beadEdit,
  breakerClose,
  convoyInput,
  dependenciesChange,
  hostInput,
  membersChange,
  rigInput,
  townChange,
} from "../commands/inputs.ts";
export { reportsRequest } from "../protocol/protocol.ts";

/** `paused`: nothing starts until somebody resumes it. */
export const townInput = z.strictObject({
  name: slug,
  settings: settingsSchema.prefault({}),
  paused: pauseInput.nullable().default(null),
});

/** The bead or agent stands in the path. */
export const verdictBody = verdictInput.omit({ bead: true });
export const convoyBody = convoyReason.omit({ convoy: true });
export const preflightBody = z.strictObject({ call: z.boolean().default(false) });
export const stopBody = stopInput.omit({ agent: true });

export const rigPreflightBody = z.strictObject({ begin: z.boolean().default(false) });
export const rigChangeBody = rigChange.omit({ rig: true });
export const agentChangeBody = agentChange.omit({ agent: true });

export const fenceParam = z
  .string()
  .regex(/^[1-9]\d{0,15}$/, "use an attempt's fence, a whole number from 1: GET …/attempts lists them")
  .transform(Number)
  .pipe(fence);

export const eventParam = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, "use an event's id: GET …/quarantine lists them")
  .transform(Number);

export const incidentParam = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, "use an incident's id: GET …/incidents lists them")
  .transform(Number);

export const unreadableParam = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, "use an id of what is set aside: GET …/unreadable lists it")
  .transform(Number);

const limit = z.coerce.number().int().min(1).max(200).default(50);
/** Opaque to callers: where the last page ended. */
const cursor = z
  .string()
  .regex(/^c[0-9a-z]{1,12}$/, "use the nextCursor of the page before")
  .transform((text) => Number.parseInt(text.slice(1), 36))
  .optional();
export const cursorOf = (position: number): string => `c${position.toString(36)}`;

export const noQuery = z.strictObject({});

/** Anything but these words is refused: who asks for a dry run must not get a real one. */
const yesOrNo = z
  .enum(["true", "false"])
  .default("false")
  .transform((word) => word === "true");
export const dryRunQuery = z.strictObject({ dryRun: yesOrNo });

export const removalQuery = z.strictObject({ drain: yesOrNo });

export const pageQuery = z.strictObject({ limit, cursor });

/** Two places, and what is still to be told; as opaque as the other. */
const place = z
  .string()
  .regex(/^t[0-9a-z]{1,12}-[0-9a-z]{1,12}-(?:x|-?[0-9a-z]{1,12})$/, "use the nextCursor of the page before")
  .transform((text) => {
    const [, step, note, over] = /^t(\w+)-(\w+)-(.+)$/.exec(text) as unknown as [string, string, string, string];
    return {
      step: Number.parseInt(step, 36),
      note: Number.parseInt(note, 36),
      over: over === "x" ? null : Number.parseInt(over, 36),
    };
  })
  .optional();
export const placeOf = ({ step, note, over }: { step: number; note: number; over: number | null }): string =>
  `t${step.toString(36)}-${note.toString(36)}-${over === null ? "x" : over.toString(36)}`;
export const timelineQuery = z.strictObject({ limit, cursor: place });

export const rigQuery = importInput.pick({ rig: true });
/** With neither: all of it. */
export const exportQuery = rigQuery.extend({ limit: z.coerce.number().int().min(1).max(200).optional(), cursor });
export const importText = importInput.shape.text;

export const attemptQuery = z.strictObject({ bead: slug.optional(), limit, cursor });

export const dismissalBody = incidentDismissal.omit({ incident: true });

export const hostChangeBody = hostChange.omit({ host: true });
export const hostTakeoverBody = hostTakeover.omit({ host: true });
