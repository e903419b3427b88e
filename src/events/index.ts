import type { Report } from "../ports/protocol.ts";
import { agentAdded } from "./agent-added.ts";
import { agentChanged } from "./agent-changed.ts";
import { agentPreflighted } from "./agent-preflighted.ts";
import { agentStopped } from "./agent-stopped.ts";
import { beadCancelled } from "./bead-cancelled.ts";
import { beadClosed } from "./bead-closed.ts";
import { beadEdited } from "./bead-edited.ts";
import { beadLanded } from "./bead-landed.ts";
import { beadReopened } from "./bead-reopened.ts";
import { beadRetried } from "./bead-retried.ts";
import { beadsCreated } from "./beads-created.ts";
import { beadsImported } from "./beads-imported.ts";
import { breakerClosed } from "./breaker-closed.ts";
import { convoyCancelled } from "./convoy-cancelled.ts";
import { convoyCreated } from "./convoy-created.ts";
import { convoyHeld } from "./convoy-held.ts";
import { convoyMembersChanged } from "./convoy-members-changed.ts";
import { convoyStarted } from "./convoy-started.ts";
import type { EventDef } from "./define.ts";
import { dependenciesChanged } from "./dependencies-changed.ts";
import { eventDismissed } from "./event-dismissed.ts";
import { hostAdded } from "./host-added.ts";
import { hostChanged } from "./host-changed.ts";
import { hostConnected } from "./host-connected.ts";
import { hostDisconnected } from "./host-disconnected.ts";
import { hostRefused } from "./host-refused.ts";
import { hostRemoved } from "./host-removed.ts";
import { hostTakenOver } from "./host-taken-over.ts";
import { hostTokenReplaced } from "./host-token-replaced.ts";
import { incidentDismissed } from "./incident-dismissed.ts";
import { landingRejected } from "./landing-rejected.ts";
import { landingsRetried } from "./landings-retried.ts";
import { providerRetried } from "./provider-retried.ts";
import { rigAdded } from "./rig-added.ts";
import { rigChanged } from "./rig-changed.ts";
import { rigLooked } from "./rig-looked.ts";
import { runFailed } from "./run-failed.ts";
import { runFinished } from "./run-finished.ts";
import { runHeartbeat } from "./run-heartbeat.ts";
import { runLogged } from "./run-logged.ts";
import { runProgressed } from "./run-progressed.ts";
import { runUnchanged } from "./run-unchanged.ts";
import { townChanged } from "./town-changed.ts";
import { unreadableDismissed } from "./unreadable-dismissed.ts";

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
  beads_created: beadsCreated,
  beads_imported: beadsImported,
  bead_edited: beadEdited,
  dependencies_changed: dependenciesChanged,
  bead_cancelled: beadCancelled,
  bead_retried: beadRetried,
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
