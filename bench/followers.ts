/** Those that follow a town by WebSocket, in a thread of their own: what is measured in the other one is not what they read. */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

interface Asked {
  /** Of the stream. */
  url: string;
  token: string;
  count: number;
}

const ASKING = /"ack":true\}$/;
const SEQ = /^\{"type":"(\w+)","seq":(\d+)/;

/** What stands at the beginning of each message. */
export function headOf(text: string): { type: string; seq: number } {
  const [, type = "", seq = "0"] = SEQ.exec(text) ?? [];
  return { type, seq: Number(seq) };
}

/** Where a town is followed. Node's own WebSocket takes headers, unlike a browser's. */
export const socketTo = (url: string, token: string): WebSocket =>
  new WebSocket(url.replace("http", "ws"), { headers: { authorization: `Bearer ${token}` } } as unknown as string[]);

/** Says that it reads, where it is asked. */
export function acknowledge(socket: WebSocket, text: string): void {
  if (ASKING.test(text)) socket.send(JSON.stringify({ ack: headOf(text).seq }));
}

/** Resolves when each has been told how the town is. @returns what ends them, and says how many messages they were told in all */
export async function startFollowers(asked: Asked): Promise<() => Promise<number>> {
  const thread = new Worker(new URL(import.meta.url), { workerData: asked });
  const answer = <T>() =>
    new Promise<T>((resolve, reject) => {
      thread.once("message", resolve);
      thread.once("error", reject);
    });
  await answer();
  return async () => {
    const told = answer<number>();
    thread.postMessage("stop");
    const count = await told;
    await thread.terminate();
    return count;
  };
}

async function follow({ url, token, count }: Asked): Promise<void> {
  let told = 0;
  const sockets = await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = socketTo(url, token);
      const first = new Promise<void>((resolve, reject) => {
        socket.addEventListener("message", () => resolve(), { once: true });
        socket.addEventListener("close", ({ code, reason }) => reject(new Error(`closed: ${code} ${reason}`)));
      });
      socket.addEventListener("message", ({ data }) => {
        told++;
        acknowledge(socket, String(data));
      });
      await first;
      return socket;
    }),
  );
  parentPort?.once("message", () => {
    for (const socket of sockets) socket.close();
    parentPort?.postMessage(told);
  });
  parentPort?.postMessage("ready");
}

if (!isMainThread && parentPort) await follow(workerData as Asked);
