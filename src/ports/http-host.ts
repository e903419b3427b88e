import type { RunClaims } from "../lib/run-token.ts";
import { clip } from "../lib/text.ts";
import { type AgentHost, type HostReply, type LandingOrder, OutOfReach, type RunOrder, type Scout } from "./ports.ts";
import {
  hostAnswer,
  type MergeRequest,
  type MessageRequest,
  PROTOCOL,
  type PreflightRequest,
  preflightAnswer,
  type StartRequest,
} from "./protocol.ts";

export interface HttpHostOptions {
  /** Reaches the host: `path` begins with a slash. */
  fetch(path: string, init: RequestInit): Promise<Response>;
  hostToken: string;
  /** Makes the token with which a run reports. */
  runToken: MintsRunToken;
  /** Where hosts reach this Worker. */
  publicUrl: string;
}

/** @param limits how long the run may be silent, and take, in milliseconds */
export type MintsRunToken = (
  claims: Omit<RunClaims, "expiresAtMs">,
  limits: { leaseMs: number; maxMs: number },
) => Promise<string>;

/** An agent host that is spoken to over HTTP: a local process, or the same program in a container. */
export function httpHost({ fetch, hostToken, runToken, publicUrl }: HttpHostOptions): AgentHost & Scout {
  type Reporter = Pick<RunClaims, "kind" | "agent"> & { maxMs: number };
  const reporting = async (order: RunOrder | LandingOrder, { kind, agent, maxMs }: Reporter) => {
    const { town, bead, fence, heartbeatMs, leaseMs } = order;
    const token = await runToken({ kind, town, agent, bead, fence }, { leaseMs, maxMs });
    return { url: `${publicUrl}/v1/towns/${town}/reports`, token, heartbeatMs, leaseMs };
  };

  type Body = StartRequest | MergeRequest | MessageRequest | PreflightRequest | null;
  const ask = (method: string, path: string, body: Body, signal: AbortSignal): Promise<Response> => {
    const headers = { authorization: `Bearer ${hostToken}`, "content-type": "application/json" };
    return fetch(path, { method, headers, body: body && JSON.stringify(body), signal });
  };
  const send = async (...asked: Parameters<typeof ask>): Promise<HostReply> => readReply(await ask(...asked));

  return {
    async start(order, signal) {
      const { town, agent, bead, fence, rig, command, program, env, prompt, title, maxRunMs } = order;
      const report = await reporting(order, { kind: "run", agent, maxMs: maxRunMs });
      const request = {
        protocol: PROTOCOL,
        town,
        agent,
        bead,
        fence,
        rig,
        command,
        ...(program && { program }),
        env,
        prompt,
        title,
        maxRunMs,
        reporting: report,
      } as const;
      return send("PUT", `/v1/runs/${agent}`, request, signal);
    },
    async land(landing, signal) {
      const { town, bead, fence, rig, branch, head, base, gate, maxGateMs } = landing;
      const request = {
        protocol: PROTOCOL,
        town,
        bead,
        fence,
        rig,
        branch,
        head,
        ...(base !== null && { base }),
        gate,
        maxGateMs,
        reporting: await reporting(landing, { kind: "landing", agent: null, maxMs: maxGateMs }),
      } as const;
      return send("POST", "/v1/merges", request, signal);
    },
    stop: ({ town, agent, fence }, signal) =>
      send("DELETE", `/v1/runs/${agent}?town=${town}&fence=${fence}`, null, signal),
    async preflight({ town, rig, command, program, env, call }, signal) {
      const what = { town, rig, command, ...(program && { program }), env, ...(call && { call }) };
      const request = { protocol: PROTOCOL, ...what } as const;
      const response = await ask("POST", "/v1/preflight", request, signal);
      const answer = preflightAnswer.safeParse(parseJson(await response.text()));
      if (answer.success && response.ok) return answer.data.checks;
      throw new Error(`the host answered HTTP ${response.status} to a preflight`);
    },
    nudge: ({ town, agent, fence, id, text }, signal) =>
      send("POST", `/v1/runs/${agent}/messages`, { protocol: PROTOCOL, town, fence, id, text }, signal),
  };
}

/** Taken, refused with its reason, or thrown: what does not speak our protocol is as good as unreachable. */
async function readReply(response: Response): Promise<HostReply> {
  const text = await response.text();
  const answer = hostAnswer.safeParse(parseJson(text));
  const gone = response.status === 404 && answer.data?.code === "gone";
  if (answer.success && (response.ok || response.status === 409 || gone)) return answer.data;
  if (answer.data?.code && response.status === 503)
    throw new OutOfReach(answer.data.code, answer.data.message ?? "the host can't be had", answer.data.retryAfterMs);
  throw new Error(`the host answered ${response.status}${text ? `: ${clip(text, 300)}` : " with nothing"}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
