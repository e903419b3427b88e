/** A host that has dialled in, played by the test itself: it answers each frame as it is told to, or not at all. */
import { exports } from "cloudflare:workers";
import { BOOT_HEADER, type ChannelAnswer, channelRequest } from "../../src/protocol/channel.ts";
import type { HostAnswer } from "../../src/protocol/common.ts";
import { call, json } from "./http.ts";
import type { TestTown } from "./town.ts";

const BOOT = "00000000-0000-4000-8000-000000000001";

interface Asked {
  method: string;
  path: string;
  fence: number | null;
}

export interface JoinedHost {
  /** What the town said that asks nothing. */
  said: unknown[];
  /** How its connection was closed. */
  closed(): number | null;
  /** Any frame at all. */
  send(frame: unknown): void;
  /** What the town answers to this report. */
  report(token: string, body: unknown): Promise<ChannelAnswer>;
  /** Of the starts it was asked for, in order. */
  starts(): Asked[];
}

/** @param answer null: it never answers */
export async function joinedHost(
  { name }: TestTown,
  id: string,
  answer: (asked: Asked) => Partial<HostAnswer> | null,
): Promise<JoinedHost> {
  const { token } = await json(await call("POST", `/v1/towns/${name}/hosts`, { id }));
  const headers = { upgrade: "websocket", authorization: `Bearer ${token}`, [BOOT_HEADER]: BOOT };
  const worker = (exports as unknown as { default: Fetcher }).default;
  const { webSocket } = await worker.fetch(`http://town.test/v1/towns/${name}/hosts/${id}/channel`, { headers });
  if (!webSocket) throw new Error(`host ${id} was not let in`);
  const asked: Asked[] = [];
  const said: unknown[] = [];
  const waiting = new Map<string, (answer: ChannelAnswer) => void>();
  let closed: number | null = null;
  let sent = 0;
  webSocket.addEventListener("close", ({ code }) => {
    closed = code;
  });
  webSocket.addEventListener("message", ({ data }) => {
    const given = JSON.parse(String(data));
    const frame = channelRequest.safeParse(given);
    if (!frame.success) {
      said.push(given);
      return waiting.get(given.id)?.(given);
    }
    const { id: frameId, method, path, body } = frame.data;
    const one = { method, path, fence: body ? ((JSON.parse(body) as { fence?: number }).fence ?? null) : null };
    asked.push(one);
    const reply = answer(one);
    if (!reply) return;
    const status = reply.accepted ? 202 : 409;
    webSocket.send(JSON.stringify({ id: frameId, status, body: JSON.stringify({ bootId: BOOT, ...reply }) }));
  });
  webSocket.accept();
  const send = (frame: unknown) => webSocket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  return {
    said,
    closed: () => closed,
    send,
    report(token, body) {
      const frameId = `r${++sent}`;
      const { promise, resolve } = Promise.withResolvers<ChannelAnswer>();
      waiting.set(frameId, resolve);
      send({ id: frameId, report: { token, body: typeof body === "string" ? body : JSON.stringify(body) } });
      return promise;
    },
    starts: () => asked.filter(({ method, path }) => method === "PUT" && path.startsWith("/v1/runs/")),
  };
}
