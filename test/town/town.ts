/** Builders for tests of the town in workerd. Each test has a town of its own; those of a file end with it (`end-towns.ts`). */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/durable-sqlite";
import type { z } from "zod";
import type { CommandInputOf } from "../../src/commands/index.ts";
import { beadsInput } from "../../src/commands/inputs.ts";
import * as schema from "../../src/db/schema.ts";
import type { TownObject } from "../../src/dos/objects.ts";
import { type TownClient, townClient } from "../../src/dos/town-client.ts";
import { type Settings, settingsSchema } from "../../src/lib/settings.ts";
import type { Report, Told, Verdict } from "../../src/protocol/reports.ts";

const BOOT = "00000000-0000-4000-8000-000000000000";
/** So that an alarm means that something is to be done. */
export const keepsEverything = { retention: { days: null, logDays: null } };
export const HEAD = "a".repeat(40);
export const LANDED = "b".repeat(40);

let towns = 0;

export interface TestTown {
  name: string;
  /** A stub that works even after the object was aborted. */
  stub(): DurableObjectStub<TownObject>;
  /** The same, by the registries' types. */
  client(): TownClient;
}

export const townNamed = (name: string): TestTown => ({
  name,
  stub: () => env.TOWN.getByName(name),
  client: () => townClient(env.TOWN.getByName(name)),
});

interface TownOptions {
  settings?: Partial<Settings>;
  gate?: string[];
  landingsAtOnce?: number;
  /** True: its alarm goes off when the test calls `alarm`, and at no other time. */
  held?: boolean;
}

export async function aTown(options: TownOptions = {}): Promise<TestTown> {
  const name = `town-${++towns}-${Math.floor(Math.random() * 1e9)}`;
  const town = townNamed(name);
  ok(
    await town
      .client()
      .execute("create-town", { name, settings: settingsSchema.parse(options.settings ?? {}), paused: null }),
  );
  if (options.held) await holdAlarm(town);
  ok(
    await town.client().execute("add-rig", {
      id: "lib",
      repoUrl: "/repos/lib.git",
      defaultBranch: "main",
      gate: options.gate ?? null,
      maxGateMs: 60_000,
      landingsAtOnce: options.landingsAtOnce ?? 1,
      maxAgents: null,
      maxInReview: null,
    }),
  );
  return town;
}

export async function anAgent(
  { client }: TestTown,
  id: string,
  how: string,
  more: Partial<CommandInputOf<"add-agent">> = {},
): Promise<void> {
  ok(
    await client().execute("add-agent", {
      id,
      rig: "lib",
      role: "worker",
      provider: null,
      command: [how],
      env: {},
      maxRunMs: 60_000,
      ...more,
    }),
  );
}

type BeadSketch = Partial<z.input<typeof beadsInput>["beads"][number]> & { title: string };

export async function beads({ client }: TestTown, ...sketches: BeadSketch[]) {
  const given = beadsInput.parse({ beads: sketches.map((sketch) => ({ rig: "lib", ...sketch })) });
  return ok(await client().execute("create-beads", given)).items.map(({ id }) => id);
}

/** Waits until no effect is in flight. */
export const quiet = ({ stub }: TestTown) => stub().quiet();

/** The object dies; what it had written is there when it wakes. */
export const crash = async ({ stub }: TestTown): Promise<void> => {
  await runInDurableObject(stub(), async (_town, state) => {
    await state.storage.sync();
    state.abort("crash");
  }).catch(() => undefined);
};

export async function alarm(town: TestTown): Promise<boolean> {
  const rang = await runDurableObjectAlarm(town.stub());
  await quiet(town);
  return rang;
}

/** No alarm lies so far ahead by itself. */
const HELD_MS = 1_000 * 86_400_000;

/**
 * From now on, and while this incarnation lasts, the platform is given each alarm for a day that no test lives to see: a
 * machine that is busy with other things lets none of them come between two lines of a test.
 */
const holdAlarm = ({ stub }: TestTown): Promise<void> =>
  runInDurableObject(stub(), async (_town, { storage }) => {
    const set = storage.setAlarm.bind(storage);
    storage.setAlarm = (at, options) => set(Number(at) + HELD_MS, options);
    const armed = await storage.getAlarm();
    if (armed !== null) await storage.setAlarm(armed);
  });

export const armedAt = async ({ stub }: TestTown): Promise<number | null> => {
  const atMs = await runInDurableObject(stub(), (_town, state) => state.storage.getAlarm());
  return atMs !== null && atMs > Date.now() + HELD_MS / 2 ? atMs - HELD_MS : atMs;
};

/** When the loop means to wake. Its alarm may stand before that: then it comes once for nothing. */
export const wakesAt = async (town: TestTown): Promise<number | null> => {
  const wakeAtMs = (await rows(town)).town?.nextWakeAtMs ?? null;
  const alarmAtMs = await armedAt(town);
  if (wakeAtMs !== null && (alarmAtMs === null || alarmAtMs > wakeAtMs))
    throw new Error(`the loop means to wake at ${wakeAtMs}, and its alarm stands at ${alarmAtMs}`);
  return wakeAtMs;
};

/** What is in the database now. */
export const rows = ({ stub }: TestTown) =>
  runInDurableObject(stub(), (_town, { storage }) => {
    const db = drizzle(storage);
    return {
      town: db.select().from(schema.town).all()[0],
      agents: db.select().from(schema.agents).orderBy(schema.agents.id).all(),
      beads: db.select().from(schema.beads).orderBy(schema.beads.seq).all(),
      attempts: db.select().from(schema.attempts).orderBy(schema.attempts.fence).all(),
      effects: db.select().from(schema.effects).all(),
      events: db.select().from(schema.events).all(),
      notes: db.select().from(schema.beadNotes).all(),
    };
  });

/** Changes rows behind the town's back: what a disaster, or the passing of time, would have left. */
export const tamper = ({ stub }: TestTown, query: string, ...bindings: unknown[]): Promise<void> =>
  runInDurableObject(stub(), (_town, { storage }) => {
    storage.sql.exec(query, ...bindings);
  });

/** Makes every due time lie in the past: as if the waiting were over. */
export async function timePasses(town: TestTown): Promise<void> {
  await tamper(town, "UPDATE beads SET not_before_ms = 1 WHERE not_before_ms > 0");
  await tamper(town, "UPDATE events SET due_at_ms = 1");
  await tamper(town, "UPDATE agents SET not_before_ms = 1 WHERE not_before_ms > 0");
  for (const table of ["agents", "providers"])
    await tamper(
      town,
      `UPDATE ${table} SET doubts = (SELECT json_group_array(json_set(value, '$.untilMs', 1)) FROM json_each(doubts)) WHERE doubts IS NOT NULL`,
    );
  await tamper(town, "UPDATE effects SET due_at_ms = 1");
}

let seq = 0;

/** Reports as the attempt with this fence. */
export async function reports(town: TestTown, fence: number, told: Told): Promise<Verdict> {
  const attempt = (await rows(town)).attempts.find((row) => row.fence === fence);
  if (!attempt) throw new Error(`no attempt ${fence}`);
  const report = { agent: attempt.agentId, bead: attempt.beadId, fence, seq: ++seq, ...told } as Report;
  const [verdict] = ok(await town.stub().report({ protocol: 1, bootId: BOOT, reports: [report] }));
  await quiet(town);
  return verdict?.verdict as Verdict;
}

export const heartbeat: Told = { kind: "heartbeat", agentActiveAtMs: null };
export const finished: Told = { kind: "finished", head: HEAD, outputTail: "" };
export const landed: Told = { kind: "landed", head: LANDED };
export const failed = (
  failure: "agent_failed" | "unreachable" | "lost" | "provider_limited" | "auth" = "agent_failed",
  retryAfterMs?: number,
): Told => ({
  kind: "failed",
  retryAfterMs,
  failure,
  code: "exit_code",
  message: "the agent exited with code 1",
  outputTail: "boom",
});

interface Asked {
  agent: string | null;
  bead: string;
  fence: number;
  how: string;
  atMs: number;
  terms?: { leaseMs: number; heartbeatMs: number; limitMs: number };
  onBranch?: string;
  from?: { branch: string; head: string; base?: string } | null;
  prompt?: string;
}

/** What the scripted host was asked. */
export async function asked(town: TestTown): Promise<Asked[]> {
  return (await seen(town)).filter(({ how }) => !how.startsWith("look"));
}

/** The same of rigs that it was to look at. */
export async function looks(town: TestTown): Promise<string[]> {
  return (await seen(town)).map(({ how }) => how).filter((how) => how.startsWith("look"));
}

export async function seen({ name }: TestTown): Promise<Asked[]> {
  const response = await fetch(`${env.HOST_URL}/seen?town=${name}`);
  return response.json();
}

/** From now on the scripted host answers what it holds back (`slow`). */
export async function openGate({ name }: TestTown): Promise<void> {
  await (await fetch(`${env.HOST_URL}/open?town=${name}`, { method: "POST" })).text();
}

/** Of all that it has, page by page. */
export async function violations({ client }: TestTown) {
  const found: { invariant: string; detail: string }[] = [];
  let cursor: number | undefined;
  do {
    const page = ok(await client().query("read-invariants", { cursor }));
    found.push(...page.violations);
    cursor = page.nextCursor === null ? undefined : Number.parseInt(page.nextCursor.slice(1), 36);
  } while (cursor !== undefined);
  return found;
}

export function ok<T>(result: { ok: true; value: T } | { ok: false; problem: { detail: string } }): T {
  if (result.ok) return result.value;
  throw new Error(result.problem.detail);
}
