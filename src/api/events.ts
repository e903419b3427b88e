/** A socket's messages as server-sent events. */
import { jsonOf } from "../lib/json.ts";
import { EVENTS } from "./stream-operations.ts";

/** So often something is sent, so that no proxy takes it for dead; and so that a reader that has gone is noticed. */
const SIGN_MS = 20_000;

interface Sent {
  type: string;
  seq: number;
  ack?: true;
}

/**
 * What is sent is said to be read when its reader has taken it: one that reads slowly is dropped by the town.
 *
 * @param untilMs it ends then; its reader comes back by what it has read. Null: never
 */
export function eventsOf(socket: WebSocket, untilMs: number | null): Response {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const encoder = new TextEncoder();
  const write = (text: string) => writer.write(encoder.encode(text));
  const sign = setInterval(() => {
    if (untilMs !== null && Date.now() >= untilMs) return end();
    write(":\n\n").catch(end);
  }, SIGN_MS);
  function end(): void {
    clearInterval(sign);
    writer.close().catch(() => undefined);
    try {
      socket.close();
    } catch {
      // it is closed
    }
  }
  socket.addEventListener("message", ({ data }) => {
    const { type, seq, ack } = jsonOf(String(data)) as Sent;
    write(`event: ${type}\nid: ${seq}\ndata: ${data}\n\n`).then(() => {
      if (ack) socket.send(JSON.stringify({ ack: seq }));
    }, end);
  });
  socket.addEventListener("close", end);
  socket.addEventListener("error", end);
  writer.closed.catch(end);
  socket.accept();
  return new Response(readable, { headers: { "content-type": EVENTS, "cache-control": "no-store" } });
}
