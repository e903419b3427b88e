import type { z } from "zod";
import { isBeginning } from "../lib/lane.ts";
import type { ActionKind, AnyAction } from "./define.ts";
import { deliverWebhook } from "./deliver-webhook.ts";
import { dispatchAgent } from "./dispatch-agent.ts";
import { escalateRun } from "./escalate-run.ts";
import { landBead } from "./land-bead.ts";
import { nudgeRun } from "./nudge-run.ts";
import { pruneHistory } from "./prune-history.ts";
import { releaseHook } from "./release-hook.ts";
import { releaseLostAttempt } from "./release-lost-attempt.ts";
import { stopAttemptPastLimit } from "./stop-past-limit.ts";
import { stopRun } from "./stop-run.ts";
import { stopStalledRun } from "./stop-stalled-run.ts";

/** Every action there is. One line each; the file holds all that is known of it: nothing else tests for its name. */
export const actions = {
  release_lost_attempt: releaseLostAttempt,
  stop_past_limit: stopAttemptPastLimit,
  stop_stalled_run: stopStalledRun,
  stop_run: stopRun,
  escalate_run: escalateRun,
  nudge_run: nudgeRun,
  release_hook: releaseHook,
  dispatch_agent: dispatchAgent,
  land_bead: landBead,
  deliver_webhook: deliverWebhook,
  prune_history: pruneHistory,
} as const;

type Registry = typeof actions;
type Planned<T extends keyof Registry> = { type: T } & z.infer<Registry[T]["payload"]>;
export type Action = { [T in keyof Registry]: Planned<T> }[keyof Registry];

/** Actions with which an attempt begins, on a bead. */
export type Beginning = {
  [T in keyof Registry]: Registry[T]["kind"] extends "start" | "landing" ? Planned<T> : never;
}[keyof Registry];

const registry = actions as unknown as Record<string, AnyAction | undefined>;

/** @param type may come from a row */
export const knownAction = (type: string): AnyAction | undefined =>
  Object.hasOwn(registry, type) ? registry[type] : undefined;

/** The definition behind a type; a payload that comes from a row is parsed before it is used. */
export function definitionOf(type: string): AnyAction {
  const def = knownAction(type);
  if (!def) throw new Error(`no action is called ${type}`);
  return def;
}

/** The actions of one kind. */
export const typesOf = (kind: ActionKind): Action["type"][] =>
  (Object.keys(actions) as Action["type"][]).filter((type) => actions[type].kind === kind);

const concernsOf = ({ type, ...payload }: Action) => definitionOf(type).concerns(payload);

/** What an action acts on: its bead, else its attempt, else a webhook, else the town. */
export function targetOf(action: Action): string {
  const { bead, attempt, webhook } = concernsOf(action);
  return bead ?? (attempt === undefined ? (webhook ?? "town") : String(attempt));
}

export const isBeginningAction = (action: Action): action is Beginning => isBeginning(definitionOf(action.type).kind);
