import type { Report } from "../protocol/reports.ts";
import { beadLanded } from "./bead-landed.ts";
import type { EventDef } from "./define.ts";
import { hostConnected } from "./host-connected.ts";
import { hostDisconnected } from "./host-disconnected.ts";
import { hostRefused } from "./host-refused.ts";
import { landingRejected } from "./landing-rejected.ts";
import { runFailed } from "./run-failed.ts";
import { runFinished } from "./run-finished.ts";
import { runHeartbeat } from "./run-heartbeat.ts";
import { runLogged } from "./run-logged.ts";
import { runProgressed } from "./run-progressed.ts";
import { runUnchanged } from "./run-unchanged.ts";

/** Every event there is, a line each: what hosts and runs report. */
export const events = {
  host_connected: hostConnected,
  host_disconnected: hostDisconnected,
  host_refused: hostRefused,
  run_heartbeat: runHeartbeat,
  run_logged: runLogged,
  run_progressed: runProgressed,
  run_finished: runFinished,
  run_unchanged: runUnchanged,
  run_failed: runFailed,
  bead_landed: beadLanded,
  landing_rejected: landingRejected,
} as const;

type Registry = typeof events;
export type EventType = keyof Registry;
export type PayloadOf<T extends EventType> = Registry[T] extends EventDef<string, infer P, unknown> ? P : never;

/** Which fact each kind of report is. */
export const factTypeOf = {
  heartbeat: "run_heartbeat",
  log: "run_logged",
  progress: "run_progressed",
  finished: "run_finished",
  unchanged: "run_unchanged",
  failed: "run_failed",
  landed: "bead_landed",
  rejected: "landing_rejected",
} as const satisfies Record<Report["kind"], EventType>;
