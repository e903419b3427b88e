import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { descendants, readIfThere } from "../e2e/processes.ts";
import type { Route } from "./document.ts";
import { draftsOf, requestOf } from "./draft.ts";
import { HOME, Ids } from "./ids.ts";
import { isRefusal, isTaken, passedOver, takenAgainstDocument, wrongIn } from "./judge.ts";
import { type Draft, type Request, shown } from "./request.ts";
import { type Reply, Stage } from "./stage.ts";
import { Unchanged } from "./unchanged.ts";

export interface Size {
  routes: readonly Route[];
  /** Of each route. */
  requests: number;
  seed: number;
  /** No more is begun after so long. */
  seconds: number;
  say: (line: string) => void;
}

/** Of a route: how many requests were sent, and how they were answered. */
interface Count {
  sent: number;
  valid: number;
  /** Of those that were valid. */
  validTaken: number;
  taken: number;
  refused: number;
}

interface Mutated {
  sent: number;
  taken: number;
}

export interface Result {
  seed: number;
  routes: Record<string, Count>;
  /** What was done to requests → how many were sent so, and how many of them were taken. */
  mutations: Record<string, Mutated>;
  requests: number;
  slowestMs: number;
  /** Of workerd, at its most. */
  megabytes: number;
  seconds: number;
  isWhole: boolean;
  breaches: string[];
}

/** With so many of each route a town is full enough, and begun anew: also so that what broke is sent again soon. */
const ROUNDS = 20;
/** Beyond that nobody reads on. */
const MOST_BREACHES = 100;
/** What holds as many rows as a round of these leaves needs no more. */
const MOST_MB = 1_500;

class Fuzz {
  readonly #size: Size;
  readonly result: Result;

  constructor(size: Size) {
    this.#size = size;
    const none = { seed: size.seed, routes: {}, mutations: {}, requests: 0, slowestMs: 0, megabytes: 0, seconds: 0 };
    this.result = { ...none, isWhole: true, breaches: [] };
  }

  async all(): Promise<void> {
    const { requests, seed, seconds, say } = this.#size;
    const startedMs = performance.now();
    const sofar = () => (performance.now() - startedMs) / 1_000;
    for (let done = 0, town = 0; done < requests; done += ROUNDS, town++) {
      if (sofar() > seconds || this.result.breaches.length >= MOST_BREACHES) {
        this.result.isWhole = false;
        break;
      }
      await this.#town(seed + town, Math.min(ROUNDS, requests - done));
      say(`${done + ROUNDS} of each in ${sofar().toFixed(0)} s; breaches so far: ${this.result.breaches.length}`);
    }
    this.result.seconds = Math.round(sofar() * 10) / 10;
  }

  /** Fuzzes a town that begins with nothing: all of it follows from the seed. */
  async #town(seed: number, rounds: number): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "townkeeper-fuzz-"));
    const stage = new Stage(folder, (what) => this.#breach(`${what} (--seed ${seed})`));
    try {
      await stage.open();
      stage.answerFor(HOME);
      const { routes } = this.#size;
      const drafts = routes.map((route) => draftsOf(route, seed, rounds));
      const orders = fc.sample(fc.shuffledSubarray([...routes.keys()], { minLength: routes.length }), {
        seed,
        numRuns: rounds,
      });
      const ids = new Ids(stage);
      const unchanged = new Unchanged(stage);
      for (const [round, order] of orders.entries()) {
        await ids.found(round);
        for (const at of order) {
          if (stage.isDead) return;
          await this.#one(unchanged, requestOf(drafts[at]?.[round] as Draft, ids), seed);
        }
        await this.#holds(stage, seed);
      }
      this.result.megabytes = Math.max(this.result.megabytes, megabytesOfWorkerd());
      if (this.result.megabytes > MOST_MB) this.#breach(`workerd has ${this.result.megabytes} MB (--seed ${seed})`);
    } finally {
      await stage.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  async #one(unchanged: Unchanged, request: Request, seed: number): Promise<void> {
    const { reply, changed } = await unchanged.send(request);
    this.#count(request, reply);
    const wrong = [
      ...wrongIn(request, reply),
      takenAgainstDocument(request, reply),
      passedOver(request, reply),
      changed,
    ];
    for (const each of wrong)
      if (each)
        this.#breach(`${request.route.name}, ${request.what}: ${each}\n    ${shown(request)}\n    --seed ${seed}`);
  }

  async #holds(stage: Stage, seed: number): Promise<void> {
    for (let next: unknown = ""; typeof next === "string"; ) {
      const path = `/v1/towns/${HOME}/invariants${next && `?cursor=${next}`}`;
      const { violations, nextCursor } = await stage.ask("GET", path);
      if (!Array.isArray(violations) || violations.length > 0)
        this.#breach(`invariants: ${JSON.stringify(violations)?.slice(0, 500)} (--seed ${seed})`);
      next = nextCursor;
    }
    const { items } = await stage.ask("GET", `/v1/towns/${HOME}/ticks?limit=200`);
    for (const { tick, error } of items ?? [])
      if (error) this.#breach(`tick ${tick} threw: ${String(error).slice(0, 300)} (--seed ${seed})`);
  }

  #count({ route, what }: Request, reply: Reply): void {
    const { routes, mutations } = this.result;
    routes[route.name] ??= { sent: 0, valid: 0, validTaken: 0, taken: 0, refused: 0 };
    mutations[what] ??= { sent: 0, taken: 0 };
    const count = routes[route.name] as Count;
    const changed = mutations[what] as Mutated;
    count.sent++;
    changed.sent++;
    this.result.requests++;
    this.result.slowestMs = Math.max(this.result.slowestMs, Math.round(reply.ms));
    if (isTaken(reply)) {
      count.taken++;
      changed.taken++;
    }
    if (isRefusal(reply)) count.refused++;
    if (what !== "valid") return;
    count.valid++;
    if (isTaken(reply)) count.validTaken++;
  }

  #breach(what: string): void {
    const { breaches } = this.result;
    if (breaches.length >= MOST_BREACHES || breaches.includes(what)) return;
    breaches.push(what);
    this.#size.say(`BREACH ${what}`);
  }
}

/** All of its processes together. */
function megabytesOfWorkerd(): number {
  const workers = descendants(process.pid).filter(({ command }) => command.includes("/workerd serve "));
  const kilobytes = workers.map(({ pid }) =>
    Number(/VmRSS:\s+(\d+)/.exec(readIfThere(`/proc/${pid}/status`))?.[1] ?? 0),
  );
  return Math.round(kilobytes.reduce((sum, each) => sum + each, 0) / 1_024);
}

/** Ends all that it began. */
export async function fuzz(size: Size): Promise<Result> {
  const run = new Fuzz(size);
  await run.all();
  return run.result;
}
