/** What the verbs read of the Worker's answers: parts of the schemas of openapi.json. */
import type { components } from "../api-types.ts";

type Schemas = components["schemas"];
/** Some fields of what may be null. */
type Part<T, Field extends keyof NonNullable<T>> = Pick<NonNullable<T>, Field> | Extract<T, null>;
type Paused = { paused: Part<Schemas["Town"]["paused"], "by" | "why" | "until"> };

export type Health = Pick<
  Schemas["Health"],
  | ("verdict" | "since" | "cause" | "hint" | "pollStale" | "hasStuckQueue" | "readyUnassignedBeads")
  | ("availableAgents" | "liveAttempts" | "nextWakeAt" | "computedAt")
> & { banner: Part<Schemas["Health"]["banner"], "level" | "text"> };

export type Town = Pick<Schemas["Town"], "name" | "draining" | "beads"> & Paused;

export type Agent = Pick<Schemas["Agent"], "id" | "rig" | "status" | "enabled" | "bead" | "troubles" | "notBeforeAt"> &
  Paused & {
    trouble: Part<Schemas["Agent"]["trouble"], "kind" | "message">;
    doubts: Pick<Schemas["Doubt"], "bead" | "apartUntil">[];
    preflight: Part<Schemas["Agent"]["preflight"], "state" | "checks">;
  };

export type Attempt = Pick<Schemas["Attempt"], "fence" | "kind" | "bead" | "agent" | "state" | "startedAt"> &
  Partial<Pick<Schemas["Attempt"], "progress">>;
export type Rig = Pick<Schemas["Rig"], "id"> & Paused;
export type Host = Pick<Schemas["Host"], "id" | "enabled" | "connected" | "boot" | "heardAt" | "room" | "refused">;
export type Explanation = Omit<Schemas["Explanation"], "runsAs">;
export type Incident = Pick<Schemas["Incident"], "id" | "kind" | "openedAt" | "closedAt" | "cause" | "healedBy">;
export type Tick = Omit<Schemas["Tick"], "completedAt" | "latenessMs" | "launched">;

export type Attention = Pick<Schemas["Attention"], "more"> & {
  items: Omit<Schemas["AttentionItem"], "evidence">[];
};
