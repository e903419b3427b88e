/** What may be said of a run with its own token, or with another: each with the answers that will do. */
import { gzipSync } from "node:zlib";
import type { Asked } from "./liar.ts";

export interface ReportShape {
  name: string;
  /** Statuses that will do; 0: the line may break. */
  expect: readonly number[];
  send: (run: Asked) => { body: string | Buffer | ReadableStream; headers?: Record<string, string> };
}

const MB = 1_000_000;
const TAKEN = [200];
/** What doesn't fit, and what is another's. */
const REFUSED = [400, 403, 413, 422];
const EITHER = [200, 400, 403, 409, 413, 422];
const TOO_BIG = [413, 400, 422, 0];

const told = (run: Asked, report: object, whole: object = {}) =>
  JSON.stringify({
    protocol: 1,
    bootId: "a-boot",
    reports: [{ agent: run.agent, bead: run.bead, fence: run.fence, seq: 1, ...report }],
    ...whole,
  });
const one = (name: string, report: object, expect: readonly number[] = EITHER): ReportShape => ({
  name,
  expect,
  send: (run) => ({ body: told(run, report) }),
});
const text = (name: string, make: (run: Asked) => string, expect: readonly number[] = EITHER): ReportShape => ({
  name,
  expect,
  send: (run) => ({ body: make(run) }),
});

const beat = { kind: "heartbeat", agentActiveAtMs: null };
const failed = { kind: "failed", failure: "agent_failed", code: "exit_code", message: "it ended", outputTail: "" };
const finished = { kind: "finished", head: "a".repeat(40), outputTail: "" };
const unchanged = { kind: "unchanged", message: "it is done already", outputTail: "" };
const rejected = { kind: "rejected", code: "conflict", message: "no", outputTail: "" };
const landed = { kind: "landed", head: "b".repeat(40) };

/** As JSON has them: 1e999 is Infinity once it is read. */
const NUMBERS = ["0", "-1", "0.3", "1.5", "-1e300", "1e300", "1e999", "9007199254740993", '"1"', "null", "[]", "1e15"];
const put = (object: object, key: string, value: string) =>
  JSON.stringify(object).replace(/\}$/, `,"${key}":${value}}`);
const numbered = (key: string, of: object) =>
  NUMBERS.map((value, at) =>
    text(`${key}-${at}`, (run) => told(run, { marker: 0 }).replace('"marker":0', put(of, key, value).slice(1, -1))),
  );
const numbers = [
  ...numbered("seq", beat),
  ...numbered("agentActiveAtMs", { kind: "heartbeat" }),
  ...numbered("sentAtMs", beat),
  ...numbered("retryAfterMs", { ...failed, failure: "provider_limited" }),
  ...numbered("retryAfterMs", failed).map((shape) => ({ ...shape, name: `failed-${shape.name}` })),
  ...["inputTokens", "costUsd"].flatMap((key) =>
    numbered(key, {}).map((shape, at) =>
      text(`usage-${shape.name}`, (run) => {
        const usage = put({ inputTokens: 1, outputTokens: 1, cachedTokens: 1, costUsd: null }, key, NUMBERS[at] ?? "0");
        return told(run, { ...(at % 2 ? beat : finished), usage: "U" }).replace('"U"', usage);
      }),
    ),
  ),
];

const kinds = ["refused", "unreachable", "timed_out", "provider_limited", "auth", "agent_failed", "lost"].map(
  (failure) => one(`failed-${failure}`, { ...failed, failure }, TAKEN),
);

const exchanged = [
  one("run-says-landed", landed, [403, 409, 422]),
  one("run-says-rejected", rejected, [403, 409, 422]),
  one("failed-by-an-unknown-word", { ...failed, failure: "everything" }, REFUSED),
  one("kind-unknown", { kind: "promoted" }, REFUSED),
  one("kind-proto", { kind: "__proto__" }, REFUSED),
  one("kind-missing", {}, REFUSED),
  one("landing-of-a-run", { ...landed, agent: null }, REFUSED),
];

const WORDS = [
  "host_removed",
  "lease_expired",
  "command_missing",
  "__proto__",
  "toString",
  "past_limit",
  "preflight_failed",
];
const CONTROLS = "\u0000\u0001\u001b[2J\r\n[town] all is well\u202e";
const words = [
  ...WORDS.map((code) => one(`code-${code}`, { ...failed, code })),
  one("code-60", { ...failed, code: "c".repeat(60) }),
  one("code-61", { ...failed, code: "c".repeat(61) }),
  one("code-mb", { ...failed, code: "c".repeat(MB) }),
  one("code-controls", { ...failed, code: CONTROLS }),
  one("message-2000", { ...failed, message: "m".repeat(2_000) }),
  one("message-2001", { ...failed, message: "m".repeat(2_001) }),
  one("message-mb", { ...failed, message: "m".repeat(1.9 * MB) }),
  one("message-empty", { ...failed, message: "" }),
  one("message-controls", { ...failed, message: CONTROLS }),
  one("message-surrogates", { ...failed, message: "\ud800 half \udfff" }),
  one("tail-8000", { ...failed, outputTail: "t".repeat(8_000) }, TAKEN),
  one("tail-of-wide-characters", { ...failed, outputTail: "\u{1f3d8}".repeat(4_000) }),
  one("tail-mb", { ...failed, outputTail: "t".repeat(1.9 * MB) }),
  one("log-8000", { kind: "log", text: "l".repeat(8_000) }, TAKEN),
  one("log-mb", { kind: "log", text: "l".repeat(1.9 * MB) }),
  one("log-controls", { kind: "log", text: CONTROLS }),
  one("log-surrogates", { kind: "log", text: "\udfff\ud800" }),
  one("progress-500", { kind: "progress", message: "p".repeat(500) }, TAKEN),
  one("progress-mb", { kind: "progress", message: "p".repeat(MB) }),
  one("plan-of-ten-thousand", {
    kind: "progress",
    message: "p",
    step: { plan: Array.from({ length: 10_000 }, () => ({ text: "t", status: "s" })) },
  }),
  one("unchanged-mb", { ...unchanged, message: "m".repeat(1.9 * MB) }),
  one("unchanged-controls", { ...unchanged, message: CONTROLS }),
  one("unchanged-empty", { ...unchanged, message: "" }, REFUSED),
  one("unchanged-of-a-landing", { ...unchanged, agent: null }, REFUSED),
  one("saved-elsewhere", { ...failed, saved: { head: "../../x", base: "HEAD" } }, TAKEN),
  one("saved-of-a-mb", { ...failed, saved: { head: "a".repeat(MB), base: "a".repeat(40) } }),
  one("saved-without-base", { ...failed, saved: { head: "a".repeat(40) } }, TAKEN),
  one("saved-of-nothing", { ...failed, saved: null }, TAKEN),
  one("head-empty", { ...finished, head: "" }, REFUSED),
  one("head-of-41", { ...finished, head: "a".repeat(41) }),
  one("head-of-capitals", { ...finished, head: "A".repeat(40) }, REFUSED),
  one("head-of-a-mb", { ...finished, head: "a".repeat(MB) }, REFUSED),
];

const others = [
  one("fence-of-another", { ...beat, fence: 999_999 }, REFUSED),
  one("fence-0", { ...beat, fence: 0 }, REFUSED),
  one("fence-huge", { ...beat, fence: 1e300 }, REFUSED),
  one("fence-text", { ...beat, fence: "1" }, REFUSED),
  one("bead-of-another", { ...beat, bead: "lib-0" }, REFUSED),
  one("bead-of-a-path", { ...beat, bead: "../../x" }, REFUSED),
  one("agent-of-another", { ...beat, agent: "somebody" }, REFUSED),
];

const bearer = (authorization: string) => ({ authorization });
const tokens: ReportShape[] = [
  ["no-token", ""],
  ["token-of-nobody", "Bearer tkr_main.WyJydW4iXQ.AAAA"],
  ["token-of-the-former-shape", "Bearer tkr_WyJ0IiwiYSIsImIiLDFd.AAAA"],
  ["token-of-a-host", "Bearer tkh_main.WyJ0IiwiaCIsIngiXQ.AAAA"],
  ["token-of-8-kb", `Bearer tkr_main.${"A".repeat(8_000)}.AAAA`],
  ["token-basic", "Basic eDp5"],
].map(([name = "", authorization = ""]) => ({
  name,
  expect: [401],
  send: (run) => ({ body: told(run, beat), headers: bearer(authorization) }),
}));

const many = (count: number) => (run: Asked) =>
  told(run, beat, {
    reports: Array.from({ length: count }, (_, n) => ({
      agent: run.agent,
      bead: run.bead,
      fence: run.fence,
      seq: n + 1,
      ...beat,
    })),
  });
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
const forms = [
  ...[0, 2, "1", null, -1, 1e300].map((protocol, at) =>
    text(`protocol-${at}`, (run) => told(run, beat, { protocol }), REFUSED),
  ),
  ...["", "\u0000", 7, null, "b".repeat(3 * MB), { a: 1 }].map((bootId, at) =>
    text(`boot-id-${at}`, (run) => told(run, beat, { bootId }), [...EITHER, 413]),
  ),
  text("no-reports", (run) => told(run, beat, { reports: [] }), REFUSED),
  text("fifty", many(50), TAKEN),
  text("fifty-one", many(51), REFUSED),
  text("ten-thousand", many(10_000), [...REFUSED, 413]),
  text("empty", () => "", REFUSED),
  text("not-json", () => "heartbeat", REFUSED),
  text("null", () => "null", REFUSED),
  text("half", (run) => told(run, beat).slice(0, 40), REFUSED),
  text("depth-1000", (run) => told(run, { ...beat, x: "D" }).replace('"D"', nested(1_000)), REFUSED),
  text("depth-100000", (run) => told(run, { ...beat, x: "D" }).replace('"D"', nested(100_000)), REFUSED),
  text("seq-twice", (run) => told(run, beat).replace('"seq":1', '"seq":1,"seq":"x"'), REFUSED),
  text("more-than-is-asked", (run) => told(run, { ...beat, extra: { a: [1] } })),
];

/** A body that comes in pieces, of so many bytes. */
const stream = (bytes: number): ReadableStream => {
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      if (left <= 0) return controller.close();
      left -= 65_536;
      controller.enqueue(Buffer.alloc(65_536, 0x20));
    },
  });
};
const bodies: ReportShape[] = [
  { name: "body-12-mb", expect: TOO_BIG, send: () => ({ body: " ".repeat(12 * MB) }) },
  { name: "body-100-mb", expect: TOO_BIG, send: () => ({ body: Buffer.alloc(100 * MB, 0x20) }) },
  { name: "body-100-mb-in-pieces", expect: TOO_BIG, send: () => ({ body: stream(100 * MB) }) },
  {
    name: "body-gzip-bomb",
    expect: [...REFUSED, 413, 415],
    send: () => ({ body: gzipSync(Buffer.alloc(50 * MB, 0x20)), headers: { "content-encoding": "gzip" } }),
  },
  {
    name: "body-of-another-type",
    expect: [415],
    send: (run) => ({ body: told(run, beat), headers: { "content-type": "text/plain" } }),
  },
];

/** What ends a run comes first; what only says more of one that lives may use any. */
export const reports: readonly ReportShape[] = [
  one("heartbeat", beat, TAKEN),
  one("finished", finished, TAKEN),
  ...kinds,
  ...numbers,
  ...exchanged,
  ...words,
  ...others,
  ...tokens,
  ...forms,
  ...bodies,
];
export { beat, failed, finished, landed };
