/** Facts for the tests of health. */
import type { Incident, TownRow } from "../../src/db/schema.ts";
import { defaultSettings } from "../../src/lib/settings.ts";
import type { Condition } from "../../src/reconciler/watch/condition.ts";
import type { HealthFacts } from "../../src/reconciler/watch/facts.ts";

export const T = 60_000;

/** Now, far from zero. */
export const NOW = 10 * T;

export const asleep = { pollStartedAtMs: 1_000, pollCompletedAtMs: 1_000, nextWakeAtMs: null };

export const condition = (kind: Condition["kind"]): Condition => ({
  kind,
  cause: `it is ${kind}`,
  hint: `mend the ${kind}`,
  evidence: { rig: "lib", ready: 3 },
});

export const incident = (kind: Incident["kind"], id = 7): Incident => ({
  ...condition(kind),
  id,
  openedAtMs: 5_000,
  closedAtMs: null,
  healedBy: null,
  evidence: { since: "2026-01-01T00:00:00.000Z" },
});

/** Only what health is read from. */
export type Sketch = Partial<Omit<HealthFacts, "town">> & { town?: Partial<TownRow> };

export const facts = ({ town, ...more }: Sketch = {}): HealthFacts => ({
  town: {
    name: "home",
    settings: defaultSettings,
    paused: null,
    draining: false,
    ticks: 9,
    ...asleep,
    ...town,
  } as TownRow,
  conditions: [],
  open: [],
  asked: null,
  ready: 0,
  available: 0,
  live: 0,
  hooked: 0,
  waiting: false,
  reviewed: 0,
  ...more,
});

export const stale = { pollStartedAtMs: NOW - 120_001 };
