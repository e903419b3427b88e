/** A town as it is now and then what changes, as the Worker sends it: docs/stream.md. */
import { setTimeout as pause } from "node:timers/promises";
import type { components } from "./api-types.ts";
import { ApiProblem, type TownClient } from "./client.ts";
import { Fault, isUnanswered } from "./fault.ts";

type Schemas = components["schemas"];

/** A snapshot has all of them, a change what changed. */
export interface Message {
  type: "snapshot" | "change" | "dropped";
  seq: number;
  why?: string;
  beads?: Schemas["Bead"][];
  attempts?: Schemas["Attempt"][];
  agents?: Schemas["Agent"][];
  attention?: Schemas["Attention"];
  gone?: { kind: string; id: string | number }[];
}

/** Whoever looks again sooner asks too often. */
export const AGAIN_MS = 1_000;

/** Hears whether anybody answers; it may be told the same again and again. */
export interface LineHearing {
  lost(): void;
  there(): void;
}
const DEAF: LineHearing = { lost() {}, there() {} };

interface Way {
  againMs?: number;
  line?: LineHearing;
  /** The `seq` from which on it is told what has changed; null: it is told first how the town is. */
  after?: number | null;
}

/** Until the signal. A connection that is lost is made again, and goes on where it was. @throws ApiProblem if the town refuses, Fault if it leads elsewhere */
export async function* messages(
  town: TownClient,
  signal: AbortSignal,
  { againMs = AGAIN_MS, line = DEAF, after = null }: Way = {},
): AsyncGenerator<Message> {
  for (let seq = after; !signal.aborted; ) {
    try {
      const stream = await connected(town, seq, signal, line);
      for await (const data of events(stream)) {
        const message = JSON.parse(data) as Message;
        if (typeof message.seq === "number") seq = message.seq;
        yield message;
      }
    } catch (error) {
      if (error instanceof ApiProblem || error instanceof Fault || signal.aborted) throw error;
    }
    await pause(againMs, undefined, { signal });
  }
}

/** That one ends is nothing to tell of: in time each does. */
async function connected(town: TownClient, seq: number | null, signal: AbortSignal, line: LineHearing) {
  try {
    const stream = await town.stream(seq, signal);
    line.there();
    return stream;
  } catch (error) {
    if (isUnanswered(error)) line.lost();
    throw error;
  }
}

/** What server-sent events hold, one after the other. */
async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    const blocks = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = block.split("\n").flatMap((line) => (line.startsWith("data:") ? line.slice(5).trimStart() : []));
      if (data.length > 0) yield data.join("\n");
    }
  }
}

/** Yields at once, then whenever a town has changed, and at the latest after so long. Many changes at once are one. */
export async function* changes(town: TownClient, atLatestMs: number, line: LineHearing = DEAF): AsyncGenerator<void> {
  let wake = () => {};
  let hasChanged = false;
  let trouble: unknown = null;
  const told = (): void => {
    hasChanged = true;
    wake();
  };
  const heard: LineHearing = {
    lost: () => line.lost(),
    // What was missed meanwhile may be nothing that a message tells of.
    there() {
      line.there();
      told();
    },
  };
  const listening = (async () => {
    for await (const _ of messages(town, new AbortController().signal, { line: heard })) told();
  })();
  listening.catch((error: unknown) => {
    trouble = error;
    told();
  });
  for (;;) {
    hasChanged = false;
    yield;
    if (trouble !== null && !isWithout(trouble)) throw trouble;
    if (!hasChanged)
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, trouble === null ? atLatestMs : AGAIN_MS);
      });
    await pause(SETTLE_MS);
  }
}

/** Whether a town of an older release was asked, which has no stream: it is asked how it is, again and again. */
export const isWithout = (error: unknown): boolean => error instanceof ApiProblem && error.code === "no_route";

const SETTLE_MS = 100;
