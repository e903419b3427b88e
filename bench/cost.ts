/** What rows, requests and time come to in money. Nothing is taken as included in the plan, so these are the marginal figures. */
import { ACTIVE_MS } from "../sim/year/figures.ts";
import type { Cost } from "./counters/costs.ts";
import type { Counters } from "./measures/counters.ts";
import { type Price, prices } from "./prices.ts";

const OBJECT_GB = 0.128;
const HOURS = 8;
const DAYS = 22;
const AGENTS = 10;
const RUN_MINUTES = 30;
const HEARTBEAT_SECONDS = 12;
/** A town heard of so often is recorded at most every thirty seconds: of fifty signs of life in a minute, two are. */
const RECORDS_A_MINUTE = 2;
/** A stream ends after so long, and is opened anew. */
const FOLLOWED_HOURS = 1;
/** In the life that is measured. */
const HEARTBEATS = 4;

interface Money {
  usd: number;
  arithmetic: string[];
}

interface Month {
  read: number;
  written: number;
  requests: number;
  megabytes: number;
}

function money({ read, written, requests, megabytes }: Month): Money {
  const gigabyteSeconds = requests * (ACTIVE_MS / 1_000) * OBJECT_GB;
  const list = prices();
  const parts: [string, number, Price][] = [
    ["rows read", read, list.rowsRead],
    ["rows written", written, list.rowsWritten],
    ["requests and alarms", requests, list.requests],
    ["GB-seconds at work", gigabyteSeconds, list.time],
    ["GB stored", megabytes / 1_024, list.storage],
  ];
  const costOf = (amount: number, { dollars, per }: Price) => (amount * dollars) / per;
  return {
    usd: round(parts.reduce((sum, [, amount, price]) => sum + costOf(amount, price), 0)),
    arithmetic: parts
      .filter(([, amount]) => amount > 0)
      .map(
        ([what, amount, price]) =>
          `${amountText(amount)} ${what} × $${price.dollars}${price.per > 1 ? "/M" : ""} = $${round(costOf(amount, price))}`,
      ),
  };
}

const round = (usd: number): number => Math.round(usd * 10_000) / 10_000;
const amountText = (amount: number): string => (amount >= 10 ? Math.round(amount) : amount.toFixed(3)).toLocaleString();

type Kind = "asleep" | "idle" | "active" | "per1000Beads";

interface Costs {
  costUsdPerMonth: Record<Exclude<Kind, "per1000Beads">, number>;
  /** Four heartbeats each, as in the life that is measured. */
  costUsdPer1000Beads: number;
  costArithmetic: Record<Kind, string[]>;
}

/** @param tick `health` is what it costs to ask how the town is: as much as a follower is told first */
export function costsOf({ tick, life, steps, bytesPerBead }: Counters): Costs {
  const at = (costs: Record<string, Cost>): Cost => Object.values(costs)[0] as Cost;
  const bead = at(life);
  const beats = steps.heartbeats as Cost;
  const renew = at(tick.renew);
  const beads = AGENTS * DAYS * ((HOURS * 60) / RUN_MINUTES);
  const minutes = DAYS * HOURS * 60;
  const heartbeats = (AGENTS * minutes * 60) / HEARTBEAT_SECONDS;
  const records = minutes * RECORDS_A_MINUTE;
  const opened = (DAYS * HOURS) / FOLLOWED_HOURS;
  // POST, finished, landed, and as many alarms as are set; each heartbeat is one more.
  const requestsOfBead = 3 + bead.alarms;
  const megabytes = (beads * bytesPerBead) / 1_048_576;
  const asked: Record<Kind, Money> = {
    asleep: money({ read: 0, written: 0, requests: 0, megabytes }),
    idle: money({
      read: opened * at(tick.health).read,
      written: 0,
      requests: opened,
      megabytes,
    }),
    active: money({
      read: beads * (bead.read - beats.read) + heartbeats * renew.read + records,
      written: beads * (bead.written + bead.alarms - beats.written) + heartbeats * renew.written + records,
      requests: beads * requestsOfBead + heartbeats,
      megabytes,
    }),
    per1000Beads: money({
      read: 1_000 * bead.read,
      written: 1_000 * (bead.written + bead.alarms),
      requests: 1_000 * (requestsOfBead + HEARTBEATS),
      megabytes: (1_000 * bytesPerBead) / 1_048_576,
    }),
  };
  const usd = (kind: Kind): number => asked[kind].usd;
  return {
    costUsdPerMonth: { asleep: usd("asleep"), idle: usd("idle"), active: usd("active") },
    costUsdPer1000Beads: usd("per1000Beads"),
    costArithmetic: Object.fromEntries(
      Object.entries(asked).map(([kind, { arithmetic }]) => [kind, arithmetic]),
    ) as Costs["costArithmetic"],
  };
}

export const assumptions = [
  `asleep: nothing to do and nobody asks; what it has stored costs. idle: nothing to do, and somebody's screen follows it ${HOURS} hours on ${DAYS} days.`,
  `active: ${AGENTS} agents at work ${HOURS} hours on ${DAYS} days, ${RUN_MINUTES} minutes a bead, a heartbeat every ${HEARTBEAT_SECONDS} s. Containers and models are not in it.`,
  `each request and each alarm has the object at work for ${ACTIVE_MS} ms; while it waits for the next it is not billed for its time.`,
];
