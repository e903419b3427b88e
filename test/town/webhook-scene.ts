/** A town that tells a receiver on this machine, and what came of it. */

import { runInDurableObject } from "cloudflare:test";
import { randomUUID } from "node:crypto";
import { drizzle } from "drizzle-orm/durable-sqlite";
import { Webhook } from "standardwebhooks";
import { expect, inject } from "vitest";
import * as schema from "../../src/db/schema.ts";
import { WEBHOOK_EVENTS, type WebhookEvent } from "../../src/lib/webhook-events.ts";
import type { Report, Told as Said } from "../../src/protocol/reports.ts";
import { call, json } from "./http.ts";
import type { Answer, Told } from "./receiver.ts";
import {
  anAgent,
  asked,
  aTown,
  beads,
  finished,
  heartbeat,
  landed,
  quiet,
  reports,
  type TestTown,
  tamper,
} from "./town.ts";

const receiver = `http://127.0.0.1:${inject("receiverPort")}`;

export interface Hook {
  id: string;
  key: string;
  url: string;
  secret: string;
  path: string;
}

/** Made at the Worker's own door, as an operator does. */
export async function aHook(
  town: TestTown,
  { id = "chat", events = [...WEBHOOK_EVENTS] }: { id?: string; events?: WebhookEvent[] } = {},
): Promise<Hook> {
  const key = randomUUID();
  const url = `${receiver}/hook/${key}`;
  const made = await json(await call("POST", `/v1/towns/${town.name}/webhooks`, { id, url, events }));
  expect(made).toMatchObject({ status: 201, id, url, enabled: true, failures: 0, pending: 0 });
  return { id, key, url, secret: made.secret, path: `/v1/towns/${town.name}/webhooks/${id}` };
}

/** What it was sent so far. */
export const toldTo = async ({ key }: Hook): Promise<Told[]> => (await fetch(`${receiver}/told/${key}`)).json();

export const answering = async ({ key }: Hook, ...answers: Answer[]): Promise<void> => {
  await fetch(`${receiver}/answers/${key}`, { method: "PUT", body: JSON.stringify(answers) });
};

// biome-ignore lint/suspicious/noExplicitAny: as a receiver reads it
export const read = ({ secret }: Pick<Hook, "secret">, { body, headers }: Told): any =>
  new Webhook(secret).verify(body, headers);

export const shown = async ({ path }: Hook) => json(await call("GET", path));

/** The newest first. */
export const deliveries = async ({ path }: Hook) => (await json(await call("GET", `${path}/deliveries`))).items;

/** What the town's rows have of it. */
export const hookRows = ({ stub }: TestTown) =>
  runInDurableObject(stub(), (_town, { storage }) => {
    const db = drizzle(storage);
    return {
      webhooks: db.select().from(schema.webhooks).all(),
      deliveries: db.select().from(schema.webhookDeliveries).all(),
      answers: db.select().from(schema.answers).all(),
      effects: db.select().from(schema.effects).all(),
      attention: db.select().from(schema.webhookAttention).all(),
      counters: db.select().from(schema.town).all()[0]?.counters,
    };
  });

/** As if the waits were over, and the town is called. */
async function later(town: TestTown, tamper: (query: string) => Promise<void>): Promise<void> {
  await tamper("UPDATE webhook_deliveries SET next_at_ms = 1 WHERE state = 'pending'");
  await tamper("UPDATE webhooks SET not_before_ms = 0");
  await town.stub().reconcile();
  await quiet(town);
}

export const skip = (town: TestTown) => later(town, (query) => tamper(town, query));

/** One bead that has landed. */
export async function landOne(town: TestTown, title = "one"): Promise<void> {
  const before = (await asked(town)).length;
  await beads(town, { title });
  await quiet(town);
  await reports(town, before + 1, heartbeat);
  await reports(town, before + 1, finished);
  await reports(town, before + 2, landed);
  await quiet(town);
}

export async function aTownAtWork(settings = {}): Promise<TestTown> {
  const town = await aTown({ settings });
  await anAgent(town, "ada", "accept");
  return town;
}

/** As its host reports it, and nothing is waited for. */
export const says = (town: TestTown, order: Awaited<ReturnType<typeof asked>>[number] | undefined, told: Said) =>
  town.stub().report({
    protocol: 1,
    bootId: "00000000-0000-4000-8000-000000000000",
    reports: [{ agent: order?.agent, bead: order?.bead, fence: order?.fence, seq: ++seq, ...told } as Report],
  });
let seq = 100;

export const send = (path: string, body: object = {}) => call("POST", path, body);
