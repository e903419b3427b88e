/** What it costs a host to look through what agents print: it must not grow faster than that, whatever they print. */
import { HeardLines, Text } from "../../host/lines.ts";
import { Listener } from "../../host/listener.ts";
import { Printed } from "../../host/printed.ts";
import { redact } from "../../host/redact.ts";

const SECRETS = ["a-value-that-is-registered", "two words of a passphrase"];

const again = (piece: string) => (chars: number) => piece.repeat(Math.ceil(chars / piece.length)).slice(0, chars);

/** Texts of any length, each of a kind that some expression could be slow on. */
export const shapes: Record<string, (chars: number) => string> = {
  "one word": again("a"),
  words: again("some words that say nothing "),
  "short lines": again("ok\n"),
  "lines that are events": again(
    `${JSON.stringify({ type: "assistant", message: { content: [{ type: "text", text: "ok" }] } })}\n`,
  ),
  "one event": (chars) => JSON.stringify({ type: "result", result: "x ".repeat(chars / 2) }),
  "events that end nowhere": again('{"type":"text","part":'),
  blanks: again(" "),
  "beginnings of URLs": again("https://user:"),
  "schemes without end": again("a+b.c-"),
  "user parts": again("://a@b@c:d "),
  "header names": again("authorization: "),
  bearers: again("bearer "),
  "a bearer and blanks": (chars) => `bearer ${" ".repeat(chars)}x`,
  "beginnings of keys": again("sk-ghp_AKIA-eyJ"),
  "beginnings of JWTs": again("eyJhbGciOiJ"),
  tokens: again("ghp_abcdefghijklmnopqrstuvwxyz0123456789\n"),
  "beginnings of private keys": again("-----BEGIN PRIVATE KEY"),
  "private keys": again("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"),
  dashes: again("-"),
  queries: again("?a&b_token"),
  "registered values": again(`${SECRETS[0]}${SECRETS[1]}`),
  "halves of values": again("a-value-that-is-two words of a pass"),
  "waits without end": again("retry after 1 s, and 1 "),
  "returns without lines": again("\r 10 %"),
};

/** The ways of output through a host. */
export const ways: Record<string, (text: string) => void> = {
  "at once": (text) => {
    redact(text, SECRETS);
  },
  "as it comes": (text) => {
    const printed = new Printed(SECRETS);
    inChunks(text, new Text(printed.source()), () => printed.takeNews());
    printed.takeNews(true);
  },
  "by a preset": (text) => {
    const limits = { model: null, maxCostUsd: null, maxTokens: null };
    const listener = new Listener({ preset: "claude", driver: "exec", permissions: "allow", ...limits }, SECRETS);
    const printed = new Printed(SECRETS);
    const lines = new HeardLines((line) => listener.hear(line), printed.source());
    inChunks(text, lines, () => {
      printed.takeNews();
      listener.takeStep();
    });
    listener.failureOf({ code: 1, signal: null }, printed.tail);
  },
};

/** As a pipe gives it; heartbeats come in between. */
function inChunks(text: string, into: { add(chunk: Buffer): void; end(): void }, beat: () => void): void {
  const bytes = Buffer.from(text);
  for (let at = 0, count = 0; at < bytes.length; at += 65_536, count++) {
    into.add(bytes.subarray(at, at + 65_536));
    if (count % 16 === 15) beat();
  }
  into.end();
}

/** The least of some runs, in milliseconds: what else a machine does only adds to it. */
export function timeOf(way: (text: string) => void, text: string, runs: number, nowMs = () => performance.now()) {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const startedMs = nowMs();
    way(text);
    least = Math.min(least, nowMs() - startedMs);
  }
  return least;
}

/** Of this thread alone. It moves in steps of some milliseconds, so it is for what takes longer. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

const CHARS = 16 * 1024 * 1024;
/** Of a slow machine too. What is not linear takes minutes. */
const MOST_MS_PER_MB = 250;

/** @throws Error if one shape takes longer than the bound */
export function measureRedact(): Record<string, Record<string, number>> {
  const msPerMb: Record<string, Record<string, number>> = {};
  for (const [shape, make] of Object.entries(shapes)) {
    const text = make(CHARS);
    msPerMb[shape] = Object.fromEntries(
      Object.entries(ways).map(([name, way]) => [name, timeOf(way, text, 1, processorMs) / (CHARS / 2 ** 20)]),
    );
    for (const [name, ms] of Object.entries(msPerMb[shape]))
      if (ms > MOST_MS_PER_MB)
        throw new Error(`${shape}, ${name}: ${ms.toFixed(1)} ms per MB; the bound is ${MOST_MS_PER_MB}`);
  }
  return msPerMb;
}
