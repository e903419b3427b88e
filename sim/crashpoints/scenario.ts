import type { Settings, SettingsPatch } from "../../src/lib/settings.ts";
import type { WebhookEvent } from "../../src/lib/webhook-events.ts";
import type { Report } from "../../src/protocol/reports.ts";

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** A report without its envelope. */
export type Said = DistributiveOmit<Report, "agent" | "bead" | "fence" | "seq">;

/** What the host does with one order. The same fence, asked again, gets the same. */
export interface Conduct {
  /** How long the town takes to prepare the request; left out: it leaves at once. */
  preparesMs?: number;
  /** `never`: no answer comes. */
  /** `no_room`: no start is taken, for its disk is full. */
  answer: "yes" | "no" | "busy" | "full" | "no_room" | "reject" | "never";
  answerAfterMs: number;
  /** It is a joined host, which is not connected any more when another incarnation of the town asks for the same once more. */
  goneWhenAskedAgain?: boolean;
  /** When its process begins, whatever was answered; null: never. */
  beginsAfterMs: number | null;
  workMs: number;
  /**
   * `silent`: it hangs, and the host ends it with its lease. `stands`: it lives, and its agent does nothing any more.
   * `past_gate`: a landing finds its work there already, where the gate fails on it.
   * `idle`: it finds nothing to do.
   * `declined`: the remote takes nothing there. `unwanted`: it will not have what is in it.
   */
  ends: "well" | "badly" | "silent" | "troubled" | "stands" | "past_gate" | "declined" | "unwanted" | "idle";
  /** Its last words, where it has others. */
  says?: Said;
  /** When its agent was last active, in ms since it began, as its host tells it after so many; null: nobody can say. */
  active?: (afterMs: number) => number | null;
  /** One that stands still goes on when it is nudged. */
  heedsNudges?: boolean;
  /** How long its last words take on their way. */
  lastWordsAfterMs?: number;
  /** How long its signs of life take on their way, from the second one on. */
  beatsLateMs?: number;
  /** Nothing of what it says arrives. */
  cutOff?: boolean;
  /** When its last words count no more it has others, and others again. */
  saysOn?: boolean;
  /** The answers to its last words get lost, so it says them again. */
  repeatsItself?: boolean;
}

/** What becomes of a bead. */
export interface Fate {
  status: "closed" | "failed" | "open" | "cancelled";
  /** Processes begun for it, and landings. */
  runs: number;
  landings: number;
  /** How often it reached the repository. Usually once, if it is closed. */
  landed?: number;
  /** Accepted ones. Usually one, and one more for each rework. */
  finishes?: number;
  failures: number;
  reworks: number;
  /** How many nudges were heard. */
  nudges?: number;
  /** From the beginning of the world to its end. */
  withinMs: number;
}

export interface SomeBeads {
  atMs: number;
  beads: readonly { title: string; priority?: number; dependsOn?: string[]; ref?: string }[];
}

/** Who is told of what happens, by webhooks. */
export interface Told {
  /** Left out: it is told of all. */
  webhooks: readonly { id: string; events?: readonly WebhookEvent[] }[];
  /** How many of each event are written down in all, however often the town dies. */
  events: Partial<Record<WebhookEvent, number>>;
  /** By how often this message came, from 1, and how many messages have come so far. Left out: it is taken. */
  answers?: (type: string, times: number, messages: number) => "yes" | "no" | "gone" | "rejects" | "never";
  /** Some are never taken. */
  givesUp?: true;
}

/** What a scenario may do to its world besides letting it run. */
export interface Stage {
  at(ms: number, act: () => void): void;
  /** The host's processes are gone; it comes back and says so. */
  hostDies(): void;
  /** A fact that can never be applied arrives. */
  poison(): void;
  /** Every alarm rings twice, or the first one never does. */
  alarmsGoWrong(how: "doubled" | "lost"): void;
  /** Somebody asks how the town is. */
  look(): void;
  /** The next statements of the town fail, and the town lives on. */
  storageFails(statements: number): void;
  /** The town's disk is full for so long: nothing is read and nothing written. */
  diskIsFull(ms: number): void;
  /** Rows are changed behind the town's back. */
  damages(...statements: string[]): void;
  /** The same, and somebody has the town look at everything again. */
  damagesAndLooks(...statements: string[]): void;
  /** One batch with this many reports of what runs. */
  chatter(reports: number): void;
  /** Somebody commands it; with a fence, only if that is still the newest. */
  cancel(bead: string, fence?: number): void;
  stop(agent: string, fence?: number): void;
  retry(bead: string): void;
  /** Lines of the beads tracker come in. */
  imports(issues: readonly object[]): void;
  /** A convoy of one bead, which lands on a branch of the convoy's; it is held, and started again. */
  convoy(id: string, branch: string, title: string): void;
  /** This webhook is told of nothing any more. */
  unhook(webhook: string): void;
  holds(convoy: string): void;
  starts(convoy: string): void;
  /** Its remote and its gate are mended, somebody says. */
  mends(rig: string): void;
  /** Somebody changes settings, whatever runs. */
  set(settings: SettingsPatch): void;
  /** Somebody says that nothing begins any more, or that it may again. */
  pause(): void;
  resume(): void;
  /** Somebody says that no run begins any more for a deployment's sake, or that it is over. */
  drain(draining: boolean): void;
  /** Somebody says that this agent begins nothing any more, or that it may again. */
  disable(agent: string): void;
  enable(agent: string): void;
  /** A machine that has joined is taken away, and not trusted any more. */
  removeHost(host: string): void;
  /** Every run claims to be somebody else's. */
  imposture(): void;
  /** From now on the town's clock is off by so much. */
  clockIsOff(ms: number): void;
  /** Each start of it throws, from its second one on, until so many ms have passed. */
  startThrows(bead: string, untilMs: number): void;
  /** So many things are noted on it. */
  saysMuch(bead: string, notes: number): void;
  /** From now on nothing can be put on record: no incident, no tick, no outcome, no note. */
  recordsFail(): void;
  /** The loop is woken with nothing due. */
  wakeForNothing(): void;
}

/** A small world in which everything is laid down beforehand, so that a crash is the only thing that may change it. */
export interface Scenario {
  name: string;
  agents: number;
  work: readonly SomeBeads[];
  settings?: Partial<Settings>;
  /** So many landings of its rig may be under way; one if left out. */
  landingsAtOnce?: number;
  /** So many calls to the town's own host may be out at once; as many as the platform allows if left out. */
  connections?: number;
  /** What the host says is taken with what else comes while a commit is on its way to disk. */
  gathers?: true;
  /** Machines that have joined; each does what the scenario's host does. Left out: the town's own host. */
  joined?: readonly string[];
  /** Whose limits an agent shares with others; left out: nobody's. */
  provider?: (agent: string) => string | null;
  /** Of each agent; an hour if left out. */
  maxRunMs?: number;
  /** The n-th run of a bead that the host is asked for, from 1. */
  run?: (bead: string, nth: number, agent: string, host: string | null) => Partial<Conduct>;
  landing?: (bead: string, nth: number, host: string | null) => Partial<Conduct>;
  /** How long a stop takes. */
  stopAfterMs?: number;
  /** What a host says to a nudge; a yes if left out. */
  nudged?: "reject" | "never";
  told?: Told;
  happens?: (stage: Stage) => void;
  /** Something has just reached the repository, and the town does not know it yet. */
  pushed?: (stage: Stage, kind: "run" | "landing", bead: string) => void;
  /** What becomes of each bead, where it is not closed by one run and one landing, undisturbed. */
  fates?: Record<string, Partial<Fate>>;
  /** How many runs the beads pay for in all, where it is a matter of order which of them do. */
  paid?: number;
  quarantined?: number;
  /** Beads that are gone at the end, and no others. */
  forgotten?: readonly string[];
  /** Worlds that differ in how long everything takes. */
  variants: number;
  /** Every n-th statement only: crashes within one transaction are much alike, since none of it was written. */
  thin?: number;
  /** Every n-th point only, where there are more than anybody needs. */
  every?: number;
  /** Also crash again at each of the first so many points after the first crash. */
  again?: number;
  /** Statements fail instead of the town dying. */
  fault?: "storage error";
  /** The platform loses alarms, so that something may be due and none be set. */
  alarmsLost?: boolean;
  /** No pass leaves anything to plan: a ready bead beside an agent who is free for it would only be late otherwise. */
  converges?: boolean;
  /** How many runs a bead needs is decided by a race that a crash may turn. */
  racy?: boolean;
}
