import { agentAdded } from "../commands/add-agent.ts";
import { hostAdded } from "../commands/add-host.ts";
import { rigAdded } from "../commands/add-rig.ts";
import { convoyCancelled } from "../commands/cancel-convoy.ts";
import { agentChanged } from "../commands/change-agent.ts";
import { convoyMembersChanged } from "../commands/change-convoy-members.ts";
import { dependenciesChanged } from "../commands/change-dependencies.ts";
import { hostChanged } from "../commands/change-host.ts";
import { rigChanged } from "../commands/change-rig.ts";
import { townChanged } from "../commands/change-town.ts";
import { beadClosed } from "../commands/close-bead.ts";
import { breakerClosed } from "../commands/close-breaker.ts";
import { convoyCreated } from "../commands/create-convoy.ts";
import { incidentDismissed } from "../commands/dismiss-incident.ts";
import { eventDismissed } from "../commands/dismiss-quarantined.ts";
import { unreadableDismissed } from "../commands/dismiss-unreadable.ts";
import { beadEdited } from "../commands/edit-bead.ts";
import { convoyHeld } from "../commands/hold-convoy.ts";
import { beadsImported } from "../commands/import-beads.ts";
import { hostRemoved } from "../commands/remove-host.ts";
import { beadReopened } from "../commands/reopen-bead.ts";
import { hostTokenReplaced } from "../commands/replace-host-token.ts";
import { landingsRetried } from "../commands/retry-landings.ts";
import { providerRetried } from "../commands/retry-provider.ts";
import { convoyStarted } from "../commands/start-convoy.ts";
import { agentStopped } from "../commands/stop-agent.ts";
import { hostTakenOver } from "../commands/take-over-host.ts";
import type { Report } from "../protocol/reports.ts";
import { agentPreflighted } from "./agent-preflighted.ts";
import { beadLanded } from "./bead-landed.ts";
import type { EventDef } from "./define.ts";
import { hostConnected } from "./host-connected.ts";
import { hostDisconnected } from "./host-disconnected.ts";
import { hostRefused } from "./host-refused.ts";
import { landingRejected } from "./landing-rejected.ts";
import { rigLooked } from "./rig-looked.ts";
import { runFailed } from "./run-failed.ts";
import { runFinished } from "./run-finished.ts";
import { runHeartbeat } from "./run-heartbeat.ts";
import { runLogged } from "./run-logged.ts";
import { runProgressed } from "./run-progressed.ts";
import { runUnchanged } from "./run-unchanged.ts";

/** Every fact there is, a line each. */
export const events = {
  town_changed: townChanged,
  rig_added: rigAdded,
  rig_changed: rigChanged,
  rig_looked: rigLooked,
  agent_added: agentAdded,
  agent_changed: agentChanged,
  agent_preflighted: agentPreflighted,
  host_added: hostAdded,
  host_changed: hostChanged,
  host_removed: hostRemoved,
  host_token_replaced: hostTokenReplaced,
  host_connected: hostConnected,
  host_disconnected: hostDisconnected,
  host_refused: hostRefused,
  host_taken_over: hostTakenOver,
  beads_imported: beadsImported,
  bead_edited: beadEdited,
  dependencies_changed: dependenciesChanged,
  bead_reopened: beadReopened,
  bead_closed: beadClosed,
  convoy_created: convoyCreated,
  convoy_started: convoyStarted,
  convoy_held: convoyHeld,
  convoy_members_changed: convoyMembersChanged,
  convoy_cancelled: convoyCancelled,
  agent_stopped: agentStopped,
  provider_retried: providerRetried,
  breaker_closed: breakerClosed,
  event_dismissed: eventDismissed,
  incident_dismissed: incidentDismissed,
  unreadable_dismissed: unreadableDismissed,
  landings_retried: landingsRetried,
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
