/**
 * What the engine may ask of the world. Interfaces, and the error they may throw: adapters are wired in `dos/`, and the simulator brings its own.
 */

import type { Program } from "../agents/index.ts";
import type { Changed } from "../db/changes.ts";
import type { Tx } from "../db/client.ts";
import type { WaitingForPeople } from "../db/schema.ts";
import type { Changes, DiffRequest } from "../protocol/diff.ts";
import type { MergeOrder } from "../protocol/merges.ts";
import type { PreflightCheck } from "../protocol/preflight.ts";
import type { LookRequest, RigLook } from "../protocol/rig-look.ts";
import type { Room } from "../protocol/room.ts";
import type { StartOrder } from "../protocol/runs.ts";

/** What every port answers. `true`: taken. `false`: refused. An object says the same with its reason, and with what else the port tells. */
export type Answer = boolean | Reasoned;

interface Reasoned {
  accepted: boolean;
  code?: string | undefined;
  message?: string | undefined;
  retryAfterMs?: number | undefined;
}

/** A host's answer. To a start or a landing taken is a promise; the proof is a heartbeat. */
export type HostReply =
  | boolean
  | (Reasoned & {
      /** Which boot of which host spoke. */
      bootId?: string | undefined;
      /** How much room it has after this answer. */
      room?: Room | undefined;
    });

/** There is no host to ask, and it is known why: as good as unreachable, with its own word and its own patience. */
export class OutOfReach extends Error {
  readonly code: string;
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, retryAfterMs?: number) {
    super(message);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

interface Addressed {
  /** The joined host to ask; null: the town's own. */
  host: string | null;
  /** How long it may be silent, and how often it says that it is alive. */
  leaseMs: number;
  heartbeatMs: number;
}

export type RunOrder = Addressed & StartOrder;
export type LandingOrder = Addressed & MergeOrder;

export interface StopOrder {
  host: string | null;
  town: string;
  agent: string;
  fence: number;
}

/** A word to a run that lives. */
export interface NudgeOrder extends StopOrder {
  /** The same again is the same message. */
  id: string;
  text: string;
}

/**
 * Called in the very turn in which a request leaves, with nothing awaited in between: a request that was withdrawn while it was
 * being prepared must not go out. @throws Withdrawn
 */
export type Send = () => void;

/** A gate was shut before the request left: its host never hears of it. */
export class Withdrawn extends Error {
  override name = "Withdrawn";
}

/** Where agents run. Every call is idempotent by fence: asking twice starts once, and stops once. */
export interface AgentHost {
  start(run: RunOrder, signal: AbortSignal, send: Send): Promise<HostReply>;
  land(landing: LandingOrder, signal: AbortSignal, send: Send): Promise<HostReply>;
  /** Accepted: nothing of this fence or an older one of this agent is alive, and none of it will ever start. */
  stop(order: StopOrder, signal: AbortSignal): Promise<HostReply>;
  /** Accepted: it is in the inbox of the run of this fence. Refused with `gone`: there is no such run any more. */
  nudge(order: NudgeOrder, signal: AbortSignal): Promise<HostReply>;
}

export interface PreflightOrder extends Pick<RunOrder, "host" | "town" | "agent" | "rig" | "command" | "env"> {
  /** Null: nothing is known of the command but its exit codes. */
  program: Program | null;
  /** Whether it may spend one short call of the model's. */
  call: boolean;
}

type LookOrder = Pick<PreflightOrder, "host" | "town"> & Pick<LookRequest, "rig" | "begin">;

/** Tells whether an agent could work, before it does. Each call rejects when the host can't be asked, or knows no such question. */
export interface PreflightPort {
  preflight(order: PreflightOrder, signal: AbortSignal): Promise<PreflightCheck[]>;
  /** What is at a rig's URL. */
  look(order: LookOrder, signal: AbortSignal): Promise<RigLook>;
}

export type DiffOrder = Pick<PreflightOrder, "host"> & Omit<DiffRequest, "protocol">;

/** Shows what lies on a host. Rejects as above. */
export interface DiffPort {
  /** What commits change, by a host's own copy of their rig. */
  diff(order: DiffOrder, signal: AbortSignal): Promise<Changes>;
}

/** One event, for one webhook. */
export interface WebhookOrder {
  /** The webhook's id. */
  host: string;
  url: string;
  /** The same again is the same message. */
  id: string;
  body: string;
  /** It is signed with each of them. */
  secrets: readonly string[];
}

/** `code` is `http_` and the status where there was an answer; `message` has its beginning, or says why there was none. */
export type WebhookReply = Reasoned & { code: string; message: string };

/** Tells others what happened. Idempotent by the order's id, as far as its receiver heeds that. */
export interface WebhookPort {
  tell(order: WebhookOrder, signal: AbortSignal): Promise<WebhookReply>;
}

export interface Clock {
  now(): number;
  /** Runs `then` once after `ms`, unless what it returns is called before. */
  after(ms: number, then: () => void): () => void;
}

/** The object's one alarm. Calls take part in the transaction they are made in. */
export interface Alarm {
  /** When it is set for, as far as is known; undefined: not known. */
  readonly atMs: number | null | undefined;
  set(atMs: number): void;
  clear(): void;
  /** A transaction was rolled back, and with it perhaps a call of the above: believe nothing, write the next one. */
  forget(): void;
}

export interface TickPoint {
  tick: number;
  latenessMs: number | null;
  applied: number;
  failed: number;
  launched: number;
  rowsRead: number;
  rowsWritten: number;
}

export interface Ports {
  host: AgentHost;
  /** So many calls to each host may be out at once. */
  connections: number;
  webhooks: WebhookPort;
  /** What waits for a person now: asked only where somebody is told of it. */
  waiting(tx: Tx, nowMs: number): WaitingForPeople;
  clock: Clock;
  alarm: Alarm;
  /** Resolves when everything written so far is on disk. */
  sync(): Promise<void>;
  /** A number in [0, 1). */
  random(): number;
  /** The town now wakes at this time, or at none: for the watchtower. */
  wakes(atMs: number | null): void;
  /** A tick in which something happened is over. */
  ticked(point: TickPoint): void;
  /** What a commit has changed that people see: mostly nothing. */
  changed(changed: Changed): void;
  /** Starts to count rows read and written; the answer is what was counted since. */
  meter(): () => { read: number; written: number };
  /** One line for the operator's log: never a secret. */
  log(line: string): void;
}
