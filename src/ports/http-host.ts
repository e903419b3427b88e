import type { RunClaims } from "../lib/run-token.ts";
import { PROTOCOL } from "../protocol/common.ts";
import type { DiffRequest } from "../protocol/diff.ts";
import type { MergeRequest } from "../protocol/merges.ts";
import type { PreflightRequest } from "../protocol/preflight.ts";
import type { LookRequest } from "../protocol/rig-look.ts";
import type { MessageRequest, StartRequest } from "../protocol/runs.ts";
import type { AgentHost, DiffPort, HostReply, LandingOrder, PreflightPort, RunOrder, Send } from "./ports.ts";
import { readChanges, readChecks, readLook, readReply } from "./read-host.ts";

export interface HttpHostOptions {
  /** Reaches the host: `path` begins with a slash. */
  fetch(path: string, init: RequestInit): Promise<Response>;
  hostToken: string;
  /** Makes the token with which a run reports. */
  runToken: MintsRunToken;
  /** Where hosts reach this Worker. */
  publicUrl: string;
  now(): number;
}

/** @param limits how long the run may be silent, and take, in milliseconds */
export type MintsRunToken = (
  claims: Omit<RunClaims, "expiresAtMs">,
  limits: { leaseMs: number; maxMs: number },
) => Promise<string>;

/** An agent host that is spoken to over HTTP: a local process, or the same program in a container. */
export function httpHost({
  fetch,
  hostToken,
  runToken,
  publicUrl,
  now,
}: HttpHostOptions): AgentHost & PreflightPort & DiffPort {
  type Reporter = Pick<RunClaims, "kind" | "agent"> & { maxMs: number };
  const reportingOf = async (order: RunOrder | LandingOrder, { kind, agent, maxMs }: Reporter) => {
    const { town, bead, fence, heartbeatMs, leaseMs } = order;
    const token = await runToken({ kind, town, agent, bead, fence }, { leaseMs, maxMs });
    return { url: `${publicUrl}/v1/towns/${town}/reports`, token, heartbeatMs, leaseMs };
  };

  type Body = StartRequest | MergeRequest | MessageRequest | PreflightRequest | LookRequest | DiffRequest | null;
  /** @param go of what took time to prepare: says once more whether it is still wanted */
  const ask = (method: string, path: string, body: Body, signal: AbortSignal, go?: Send): Promise<Response> => {
    signal.throwIfAborted();
    go?.();
    const headers = { authorization: `Bearer ${hostToken}`, "content-type": "application/json" };
    // A redirect would carry the host's token, the run's and the agent's environment elsewhere.
    return fetch(path, { method, headers, body: body && JSON.stringify(body), redirect: "manual", signal });
  };
  const send = async (...asked: Parameters<typeof ask>): Promise<HostReply> => readReply(await ask(...asked), now());

  return {
    async start(order, signal, go) {
      const { host: _host, leaseMs: _leaseMs, heartbeatMs: _heartbeatMs, ...wanted } = order;
      const reporting = await reportingOf(order, { kind: "run", agent: order.agent, maxMs: order.maxRunMs });
      return send("PUT", `/v1/runs/${order.agent}`, { protocol: PROTOCOL, ...wanted, reporting }, signal, go);
    },
    async land(landing, signal, go) {
      const { host: _host, leaseMs: _leaseMs, heartbeatMs: _heartbeatMs, ...wanted } = landing;
      const reporting = await reportingOf(landing, { kind: "landing", agent: null, maxMs: landing.maxGateMs });
      return send("POST", "/v1/merges", { protocol: PROTOCOL, ...wanted, reporting }, signal, go);
    },
    stop: ({ town, agent, fence }, signal) =>
      send("DELETE", `/v1/runs/${agent}?town=${town}&fence=${fence}`, null, signal),
    async preflight({ town, rig, command, program, env, call }, signal) {
      const what = { town, rig, command, ...(program && { program }), env, ...(call && { call }) };
      const request = { protocol: PROTOCOL, ...what } as const;
      return readChecks(await ask("POST", "/v1/preflight", request, signal));
    },
    async look({ town, rig, begin }, signal) {
      const request = { protocol: PROTOCOL, town, rig, push: true, ...(begin && { begin }) } as const;
      return readLook(await ask("POST", "/v1/rigs/look", request, signal));
    },
    async diff({ host: _host, ...what }, signal) {
      return readChanges(await ask("POST", "/v1/rigs/diff", { protocol: PROTOCOL, ...what }, signal));
    },
    nudge: ({ town, agent, fence, id, text }, signal) =>
      send("POST", `/v1/runs/${agent}/messages`, { protocol: PROTOCOL, town, fence, id, text }, signal),
  };
}
