/** What is decided about containers: where an agent runs, when one may sleep, whose fault a failed start is. Pure. */
import { z } from "zod";

/** How many share a container. */
export const placement = z.enum(["town", "rig", "agent"]);
export type Placement = z.infer<typeof placement>;

/**
 * The container of an agent's runs, or (no agent) of a rig's landings. Landings of a rig always share one, under any
 * placement: its host lands them one after the other. Names are slugs, which have single dashes only, so that two dashes
 * keep towns, rigs and agents apart.
 */
export function containerFor(how: Placement, town: string, place: { rig: string; agent: string | null }): string {
  if (how === "town") return town;
  const rig = `${town}--${place.rig}`;
  return how === "rig" || place.agent === null ? rig : `${rig}--${place.agent}`;
}

/** A run, a landing, or a look whether a run could be: a container is started for these alone. */
export const bringsWork = (method: string | undefined, path: string): boolean =>
  method === "PUT" || path === "/v1/merges" || path === "/v1/preflight" || path === "/v1/rigs/look";

/** What the container's host said when it was last asked; null: it did not answer. */
export interface Looked {
  /** Runs, landings, and last words that have not arrived: all that would be lost. */
  busy: number;
}

/** What is known about a container that runs. */
export interface Idling {
  nowMs: number;
  /** Since when nothing began there and nothing was seen at work. */
  idleSinceMs: number;
  idleAfterMs: number;
  /** Requests under way to it. */
  inFlight: number;
  /** Looks in a row that got no answer, this one included. */
  deafLooks: number;
  looked: Looked | null;
}

/** A host that is asked this often in vain does not come back: its runs are fenced, and end with it. */
export const DEAF_LOOKS = 3;

/**
 * Whether a container goes on: `keep`; `stop`: it may put its house in order; `destroy`: it does not listen any more.
 * A live run keeps it at any time of the clock.
 */
export function idleVerdict({ nowMs, idleSinceMs, idleAfterMs, inFlight, deafLooks, looked }: Idling) {
  if (inFlight > 0) return "keep";
  if (!looked) return deafLooks >= DEAF_LOOKS ? "destroy" : "keep";
  if (looked.busy > 0) return "keep";
  return nowMs - idleSinceMs >= idleAfterMs ? "stop" : "keep";
}

/** Why a container could not be had: all of it is the platform's trouble, and passes. */
export interface Trouble {
  code: "no_instance" | "rate_limited" | "start_failed" | "start_slow" | "stopping" | "starts_capped" | "cut_off";
  message: string;
  retryAfterMs: number;
}

/**
 * Some of it says nothing about the platform: then the answer is a refusal with a reason, which is the word of a host
 * who is well. The rest is as good as out of reach, and counts towards the breaker.
 */
export const isRefusal = ({ code }: Trouble): boolean => code === "stopping" || code === "starts_capped";

const troubles: { says: RegExp; code: Trouble["code"]; retryAfterMs: number }[] = [
  // All of `max_instances` run, or the image is still on its way to the places where they do.
  { says: /no container instance/i, code: "no_instance", retryAfterMs: 20_000 },
  { says: /too many containers per second/i, code: "rate_limited", retryAfterMs: 5_000 },
  { says: /abort|not listening|did not start/i, code: "start_slow", retryAfterMs: 5_000 },
  { says: /network connection lost|disconnected/i, code: "cut_off", retryAfterMs: 1_000 },
];

/** What an error of the platform's means. An unknown error is a failed start. */
export function troubleOf(message: string): Trouble {
  const known = troubles.find(({ says }) => says.test(message));
  return { code: known?.code ?? "start_failed", message, retryAfterMs: known?.retryAfterMs ?? 10_000 };
}

/** How many containers of a town may be starting at once; the platform counts starts, and each fetches its repositories. */
export const STARTS_AT_ONCE = 3;

/** A container that answered so lately is running: asking it is no start. */
export const WARM_MS = 60_000;

/** Which containers of a town are known to run, and which are being started. */
export class StartSlots {
  readonly #warmAtMs = new Map<string, number>();
  readonly #starting = new Map<string, number>();

  /** Null: go ahead. */
  refusal(name: string, nowMs: number): Trouble | null {
    if (nowMs - (this.#warmAtMs.get(name) ?? Number.NEGATIVE_INFINITY) < WARM_MS) return null;
    if (this.#starting.has(name) || this.#starting.size < STARTS_AT_ONCE) return null;
    const message = `${STARTS_AT_ONCE} containers of this town are starting already.`;
    return { code: "starts_capped", message, retryAfterMs: 2_000 };
  }

  asked(name: string, nowMs: number): void {
    if (nowMs - (this.#warmAtMs.get(name) ?? Number.NEGATIVE_INFINITY) < WARM_MS) return;
    this.#starting.set(name, (this.#starting.get(name) ?? 0) + 1);
  }

  /** The request is over; `warm`: the container's host answered it. */
  done(name: string, warm: boolean, nowMs: number): void {
    const left = (this.#starting.get(name) ?? 0) - 1;
    if (left > 0) this.#starting.set(name, left);
    else this.#starting.delete(name);
    if (warm) this.#warmAtMs.set(name, nowMs);
    else this.#warmAtMs.delete(name);
  }
}
