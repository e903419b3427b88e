/** What is counted, as it comes over HTTP: no types of the platform in here. */

/** Rows as workerd counts them, which is what is billed. An alarm that is set or removed is billed as a row written. */
export interface Cost {
  read: number;
  written: number;
  statements: number;
  alarms: number;
}

/** What has reached an object, and what it has done by that. */
export interface Stirred extends Cost {
  /** Times that it was begun: as often it has slept, and woken. */
  incarnations: number;
  /** Alarms that have gone off; `alarms` are those that were set. */
  alarmsFired: number;
  /** Requests, and messages of sockets. */
  requests: number;
}

/** What one statement cost, all its runs together. */
export interface Statement {
  sql: string;
  runs: number;
  read: number;
  written: number;
}

/** `health` is no tick: what it costs to ask how the town is. */
export type TickCosts = Record<"idle" | "renew" | "dispatch" | "finish" | "health", Cost>;

export interface LifeCosts {
  life: Cost;
  steps: Record<string, Cost>;
  statements: Statement[];
}

/** A step of a query plan that walks a whole table that grows: there should be none. */
export interface Scan {
  sql: string;
  step: string;
}

/** A town with much in it, and what a read of it may name. */
export interface FullTown {
  town: string;
  /** The newest attempt, which lives. */
  fence: number;
}
