import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import { Accounts } from "./accounts.ts";
import { removeTree } from "./agent-files.ts";
import { settledWithin } from "./clock.ts";
import { attemptFiles, type Context } from "./context.ts";
import { diffOf } from "./diff.ts";
import { Disk } from "./disk.ts";
import { Drill } from "./drill.ts";
import { Fences } from "./fences.ts";
import { findIsolation, type Isolation, isolationDetail } from "./isolation.ts";
import { TownChannel } from "./join.ts";
import { LandingLines } from "./landing-line.ts";
import { Leftovers } from "./leftovers.ts";
import {
  defaultRuns,
  drainKeepMs,
  drainPushMs,
  drainReportMs,
  drainSaveMs,
  killGraceMs,
  leastFreeBytes,
} from "./limits.ts";
import { LiveWork, type Worker } from "./live-work.ts";
import { type Log, logToStderr } from "./log.ts";
import { Merges } from "./merges.ts";
import { Outbox } from "./outbox.ts";
import { Places } from "./places.ts";
import { preflight } from "./preflight.ts";
import { trials } from "./preflight-tool.ts";
import { openMergeBook, openRunBook } from "./records.ts";
import { recover } from "./recovery.ts";
import { neverShow, secretsIn } from "./redact.ts";
import { ReportFrames } from "./report-frames.ts";
import { Rigs } from "./rigs.ts";
import { Runs } from "./runs.ts";
import { createApp } from "./server.ts";
import { lockState } from "./state-lock.ts";
import { TipGates } from "./tip-gates.ts";
import { Workshops } from "./workshops.ts";

type HostOptions = {
  token: string;
  state: string;
  port?: number;
  hostname?: string;
  maxRuns?: number;
  drill?: Drill;
  /** The town's URL of this host: it dials in there, and listens to no one else. */
  join?: string;
  /** Users that agents and gates run as; left out: the host's own. */
  agentUsers?: readonly string[];
  /** Left out: as well as this system allows. */
  isolation?: Isolation;
  log?: Log;
  /** Less free room than this, and no run is started. */
  minFreeBytes?: number;
  /** On drain, push what agents had done to their own branches: for a host whose disk goes with it. */
  saveOnDrain?: boolean;
  /** Whether each commit of an attempt says which bead and attempt it is of; it does unless this is false. */
  trailers?: boolean;
  /** Names of variables that every agent and gate gets of the host's, beside those that all get. */
  passEnv?: readonly string[];
};

export type Host = {
  bootId: string;
  /** 0: it listens on none, since it has joined a town. */
  port: number;
  /** Takes no more work, lets pushes end, ends the runs, reports, closes. */
  drain(): Promise<void>;
  /** Kills everything at once, without waiting: for a process that is about to vanish. */
  killNow(): void;
};

/** Wires a host, puts its state directory in order, and listens. */
export async function startHost(options: HostOptions): Promise<Host> {
  const unlock = await lockState(resolve(options.state));
  const mayShow = neverShow(options.token, ...secretsIn(process.env));
  const context = await wire(resolve(options.state), options);
  const { bootId } = context;
  context.log(isolationDetail[context.isolation]);
  const merges = new Merges(context);
  const leftovers = new Leftovers(context);
  const policy = { drill: options.drill ?? new Drill() };
  const runs = new Runs(context, { ...policy, tidy: () => void leftovers.sweep() });
  await recover(context, merges);
  await removeTree(trials(context));
  void leftovers.sweep();
  context.accounts.seal();
  const app = createApp({
    ...{ token: options.token, bootId, places: context.places, runs, merges, undelivered: () => context.outbox.size },
    preflight: (request) => preflight(context, request),
    diff: (request) => diffOf(context, request),
    log: context.log,
  });
  const door = options.join ? dialIn(options.join, options, app, context) : await openDoor(options, app);
  return {
    bootId,
    port: door.port,
    async drain() {
      for (const intake of [runs, merges]) intake.refuseFromNowOn();
      await windDown(context);
      leftovers.close();
      door.close();
      unlock();
      mayShow();
    },
    killNow() {
      for (const worker of context.live.all()) worker.killNow();
    },
  };
}

type Door = { port: number; close(): void };
type App = ReturnType<typeof createApp>;

function dialIn(url: string, { token }: HostOptions, app: App, { bootId, log, frames }: Context): Door {
  const channel = new TownChannel({ url, token, bootId, log, frames, answer: (request) => app.fetch(request) });
  return { port: 0, close: () => channel.close() };
}

async function openDoor({ port, hostname }: HostOptions, app: App): Promise<Door> {
  const server = createAdaptorServer({ fetch: app.fetch });
  return {
    port: await listen(server, port ?? 0, hostname ?? "127.0.0.1"),
    close() {
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
    },
  };
}

async function wire(stateDirectory: string, options: HostOptions): Promise<Context> {
  const { log = logToStderr, saveOnDrain = false, trailers = true, agentUsers = [], isolation, passEnv = [] } = options;
  const bootId = randomUUID();
  const rigs = new Rigs(stateDirectory);
  const live = new LiveWork();
  const disk = new Disk(stateDirectory, options.minFreeBytes ?? leastFreeBytes);
  const places = new Places(options.maxRuns ?? defaultRuns, live, disk);
  const frames = options.join ? new ReportFrames(options.join) : null;
  const forget = (work: Parameters<typeof attemptFiles>[1]) =>
    void removeTree(attemptFiles({ stateDirectory }, work).folder);
  return {
    bootId,
    stateDirectory,
    fences: new Fences(join(stateDirectory, "fences")),
    rigs,
    lines: new LandingLines(),
    workshops: new Workshops(stateDirectory, rigs),
    tipGates: new TipGates(),
    runBook: openRunBook(join(stateDirectory, "runs"), log, forget),
    mergeBook: openMergeBook(join(stateDirectory, "merges"), log, forget),
    live,
    places,
    frames,
    outbox: new Outbox({ bootId, places, frames }, log),
    isolation: isolation ?? (await findIsolation()),
    accounts: await Accounts.open(agentUsers, stateDirectory),
    disk,
    log,
    saveOnDrain,
    pushesUnfinished: saveOnDrain || options.join !== undefined,
    trailers,
    passEnv,
  };
}

/** Every wait in here is bounded: a host that is stopped is soon killed. */
async function windDown(context: Context): Promise<void> {
  const { live, outbox } = context;
  const pushing = live.all().filter((worker) => worker.pushing);
  for (const worker of live.all()) if (!worker.pushing) worker.end("draining");
  await settledWithin(goneAll(pushing), drainPushMs);
  for (const worker of live.all()) worker.end("draining");
  const savingMs = context.saveOnDrain ? drainSaveMs + killGraceMs : drainKeepMs;
  await settledWithin(goneAll(live.all()), killGraceMs + 1_000 + savingMs);
  await settledWithin(outbox.idle(), drainReportMs);
  outbox.close();
  await outbox.idle();
}

function goneAll(workers: readonly Worker[]): Promise<unknown> {
  return Promise.all(workers.map((worker) => worker.gone));
}

type Server = ReturnType<typeof createAdaptorServer>;

async function listen(server: Server, port: number, hostname: string): Promise<number> {
  const { promise, resolve: listening, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, hostname, listening);
  await promise;
  return (server.address() as AddressInfo).port;
}
