/** Somebody who follows a town by the Worker's own door, and knows of it what the messages say and nothing else. */
import { env, exports } from "cloudflare:workers";
import { expect } from "vitest";
import { LISTS } from "../../src/dos/following/messages.ts";
import type { TestTown } from "./town.ts";

// biome-ignore lint/suspicious/noExplicitAny: a message is whatever the server said
type Message = any;

const worker = () => (exports as unknown as { default: Fetcher }).default;

export interface Follower {
  messages: Message[];
  /** By list and id, as it is known now. */
  known: Map<string, Message>;
  /** Of the last message. */
  seq: number;
  closed: { code: number; reason: string } | null;
  say(text: string): void;
  close(): void;
}

/** Attempts are named by their fence; others have one, and are not. */
const idOf = (list: string, { fence, id }: Message): string => String(list === "attempts" ? fence : id);

/** What a client has to do with what it is told. */
function take(follower: Follower, message: Message): void {
  follower.messages.push(message);
  expect(message.seq, "seq never falls").toBeGreaterThanOrEqual(follower.seq);
  follower.seq = message.seq;
  if (message.type === "snapshot") follower.known.clear();
  for (const list of Object.values(LISTS))
    for (const one of message[list] ?? []) follower.known.set(`${list} ${idOf(list, one)}`, one);
  for (const what of ["town", "health", "attention"]) if (message[what]) follower.known.set(what, message[what]);
  for (const { kind, id } of message.gone ?? []) follower.known.delete(`${LISTS[kind as keyof typeof LISTS]} ${id}`);
}

interface How {
  query?: string;
  /** Where it left off, with what it knew then. */
  from?: Follower;
  /** It never says that it reads. */
  isSilent?: boolean;
  path?: string;
  /** Left out: the operator's. */
  token?: string;
}

export async function follow(
  { name }: TestTown,
  { query = "", from, isSilent, path = "stream", token = env.TOWNKEEPER_TOKEN }: How = {},
): Promise<Follower> {
  const after = from ? `&after=${from.seq}` : "";
  const { webSocket: socket, status } = await worker().fetch(
    `http://town.test/v1/towns/${name}/${path}?${query}${after}`.replace("?&", "?"),
    {
      headers: { upgrade: "websocket", authorization: `Bearer ${token}` },
    },
  );
  if (!socket) throw new Error(`not followed: ${status}`);
  const follower: Follower = {
    messages: [],
    known: new Map(from?.known),
    seq: from?.seq ?? 0,
    closed: null,
    say: (text) => socket.send(text),
    close: () => socket.close(),
  };
  socket.addEventListener("message", ({ data }) => {
    if (data === "pong") return void follower.messages.push("pong");
    const message = JSON.parse(String(data));
    take(follower, message);
    if (message.ack && !isSilent) socket.send(JSON.stringify({ ack: message.seq }));
  });
  socket.addEventListener("close", ({ code, reason }) => {
    follower.closed = { code, reason };
  });
  socket.accept();
  return follower;
}

/** Waits until it is so. */
export const until = (what: () => unknown) => expect.poll(what, { timeout: 20_000, interval: 10 });

/** Events of a stream as text, until `done` says that there are enough. */
export async function events(response: Response, done: (text: string) => boolean): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!done(text)) {
    const { value, done: isOver } = await reader.read();
    if (isOver) return text;
    text += decoder.decode(value);
  }
  await reader.cancel();
  return text;
}
