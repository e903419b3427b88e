/** How long history is kept, and how it goes. Days pass by setting every time that stands anywhere back by them. */
import { runInDurableObject } from "cloudflare:test";
import type { Retention } from "../../src/lib/retention.ts";
import { call, json } from "./http.ts";
import { anAgent, aTown, beads, finished, landed, quiet, reports, rows, type TestTown, tamper } from "./town.ts";

export const DAY = 86_400_000;

export const at = ({ name }: TestTown, path: string) => `/v1/towns/${name}${path}`;

export const post = async (town: TestTown, path: string, body: unknown) =>
  json(await call("POST", at(town, path), body));

export const keeping = (retention: Partial<Retention> = {}) =>
  aTown({ held: true, settings: { retention: { ...forAMonth, ...retention } } });

const forAMonth: Retention = { days: 30, logDays: 7 };

export async function daysPass(town: TestTown, days: number): Promise<void> {
  const columns = {
    town: ["created_at_ms", "clock_ms", "next_wake_at_ms", "poll_started_at_ms", "poll_completed_at_ms"],
    beads: ["created_at_ms", "updated_at_ms", "closed_at_ms"],
    attempts: ["started_at_ms", "accepted_at_ms", "ended_at_ms", "lease_until_ms"],
    convoys: ["created_at_ms", "closed_at_ms"],
  };
  for (const [table, names] of Object.entries(columns))
    await tamper(town, `UPDATE ${table} SET ${names.map((name) => `${name} = ${name} - ${days * DAY}`).join(", ")}`);
  for (const path of ["lookedAtMs", "beads.untilMs", "beads.oldestMs", "logs.untilMs", "logs.oldestMs"])
    await tamper(
      town,
      `UPDATE town SET pruning = json_set(pruning, '$.${path}', json_extract(pruning, '$.${path}') - ${days * DAY})
        WHERE json_extract(pruning, '$.${path}') IS NOT NULL`,
    );
  await tamper(
    town,
    `UPDATE beads SET metadata = json_set(metadata, '$.bd.atMs', json_extract(metadata, '$.bd.atMs') - ${days * DAY})
      WHERE json_valid(metadata) AND json_extract(metadata, '$.bd.atMs') IS NOT NULL`,
  );
}

/** As many alarms as a look takes, none of which is waited for. */
export async function looks(town: TestTown): Promise<void> {
  await town.stub().reconcile();
  for (let step = 0; step < 100; step++) {
    if ((await one(town, "SELECT json_extract(pruning, '$.look') AS it FROM town")) === null) return;
    await tamper(town, "UPDATE town SET pruning = json_set(pruning, '$.look.steppedAtMs', 1)");
    await town.stub().reconcile();
    await quiet(town);
  }
  throw new Error("the look does not end");
}

/** So many days of a town that looks every day. */
export async function live(town: TestTown, days: number, each = 6): Promise<void> {
  for (let left = days; left > 0; left -= each) {
    await daysPass(town, Math.min(each, left));
    await looks(town);
  }
}

export const one = ({ stub }: TestTown, query: string) =>
  runInDurableObject(stub(), (_town, { storage: { sql } }) => sql.exec(query).one().it);

export const ids = async (town: TestTown) => (await rows(town)).beads.map(({ id }) => id);

export const close = (town: TestTown, bead: string) => post(town, `/beads/${bead}/close`, { reason: "done" });

/** One bead that was run and has landed, with a log. */
export async function aLandedBead(town: TestTown): Promise<void> {
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, { kind: "log", text: "all is well" } as never);
  await reports(town, 1, finished);
  await reports(town, 2, landed);
}
