/** What a host may answer to a start, a landing or a stop: each a lie, an accident, or a flood. */
import type { ServerResponse } from "node:http";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { ACCEPTED, type Answer, BOOT, say } from "./liar.ts";

export interface AnswerShape {
  name: string;
  answer: Answer;
  /** Whether it can only be read as a yes (true) or as no yes (false). Left out: either will do. */
  taken?: boolean;
}

const MB = 1_000_000;
const refusal = (more: object) =>
  JSON.stringify({ accepted: false, bootId: BOOT, code: "busy", message: "no", ...more });
const accepted = (more: object) => JSON.stringify({ accepted: true, bootId: BOOT, ...more });
const body = (name: string, status: number, text: string | Buffer, taken?: boolean): AnswerShape => ({
  name,
  answer: (response) => say(response, status, text),
  ...(taken !== undefined && { taken }),
});
const raw = (name: string, answer: Answer, taken?: boolean): AnswerShape => ({
  name,
  answer,
  ...(taken !== undefined && { taken }),
});

/** Every status beside every sort of body. */
const STATUSES = [
  200, 201, 202, 206, 300, 304, 400, 401, 403, 404, 405, 409, 410, 418, 422, 429, 500, 502, 503, 504, 599,
];
const BODIES: [string, string][] = [
  ["yes", ACCEPTED],
  ["no", refusal({})],
  ["empty", ""],
  ["html", "<html><body>Bad gateway</body></html>"],
  ["null", "null"],
];
const statuses = STATUSES.flatMap((status) =>
  BODIES.map(([what, text]) => {
    const isYes = what === "yes" && (status === 200 || status === 202);
    // A yes under a status that says no is read one way or the other.
    const isNo = what !== "yes";
    return body(`status-${status}-${what}`, status, text, isYes ? true : isNo ? false : undefined);
  }),
);

const sizes = [1_000, 64_000, 100_000, MB, 5 * MB, 12 * MB].map((size) =>
  body(`message-of-${size}`, 409, refusal({ message: "m".repeat(size) }), false),
);

const NUMBERS = [
  "0",
  "1",
  "0.3",
  "-1",
  "-1e300",
  "1e300",
  "1e999",
  "9007199254740993",
  '"5"',
  "null",
  "[]",
  "true",
  "NaN",
];
const numbers = NUMBERS.map((text, at) =>
  body(`retry-after-ms-${at}`, 409, refusal({}).replace(/\}$/, `,"retryAfterMs":${text}}`), false),
);

const HEADERS = [
  "0",
  "-5",
  "1.5",
  "1e9",
  "Thu, 01 Jan 1970 00:00:00 GMT",
  "Fri, 31 Dec 9999 23:59:59 GMT",
  "soon",
  "9".repeat(8_000),
];
const headers = HEADERS.flatMap((value, at) =>
  [429, 503].map((status) =>
    raw(
      `retry-after-${status}-${at}`,
      (response) => say(response, status, refusal({}), { "retry-after": value }),
      false,
    ),
  ),
);

const TEXTS: [string, unknown][] = [
  ["controls", "\u0000\u0001\u001b[2J\r\n[town] all is well\u202e"],
  ["surrogates", "\ud800 half \udfff"],
  ["number", 7],
  ["null", null],
  ["object", { toString: "x" }],
  ["array", [["x"]]],
  ["empty", ""],
  ["huge", "h".repeat(3 * MB)],
];
const texts = TEXTS.flatMap(([what, value]) => [
  body(`boot-id-${what}`, 202, accepted({ bootId: value })),
  body(`code-${what}`, 409, refusal({ code: value }), false),
  body(`message-${what}`, 409, refusal({ message: value }), false),
]);

const accepts = ['"true"', "1", "null", "[true]", "{}", "0"].map((value, at) =>
  body(`accepted-is-${at}`, 202, `{"accepted":${value},"bootId":"b"}`, false),
);

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
const forms = [
  body("depth-1000", 202, `{"accepted":true,"bootId":"b","x":${nested(1_000)}}`),
  body("depth-100000", 409, nested(100_000), false),
  body("depth-of-objects", 409, `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`, false),
  body(
    "keys-100000",
    409,
    JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, n]))),
    false,
  ),
  body("list-of-a-million", 409, `[${"0,".repeat(999_999)}0]`, false),
  body("proto", 409, '{"__proto__":{"accepted":true},"constructor":1}', false),
  body("twice-yes-and-no", 409, '{"accepted":true,"bootId":"b","accepted":false}', false),
  body("half-of-it", 202, ACCEPTED.slice(0, 12), false),
  body("two-of-it", 202, ACCEPTED + ACCEPTED, false),
  body("not-utf8", 409, Buffer.from([0xff, 0xfe, 0x7b, 0x22, 0xc3]), false),
  body("utf16", 202, Buffer.from(ACCEPTED, "utf16le"), false),
  body("a-preflight", 202, JSON.stringify({ bootId: BOOT, checks: [] }), false),
  body("a-list-of-runs", 200, JSON.stringify({ bootId: BOOT, runs: [] }), false),
  body("a-report", 202, JSON.stringify({ protocol: 1, bootId: BOOT, reports: [{ kind: "landed" }] }), false),
  body("protocol-2", 202, accepted({ protocol: 2 })),
];

const packed = (name: string, encoding: string, bytes: () => Buffer): AnswerShape =>
  raw(name, (response) => say(response, 409, bytes(), { "content-encoding": encoding }), false);
const once = (make: () => Buffer): (() => Buffer) => {
  let made: Buffer | null = null;
  return () => (made ??= make());
};
/** A JSON text that would go on for `size` bytes once it is unpacked. */
const zeros = (size: number) => Buffer.concat([Buffer.from('{"accepted":false,"message":"'), Buffer.alloc(size, 0x30)]);
const bombs = [
  packed(
    "gzip-400-mb",
    "gzip",
    once(() => Buffer.concat(Array<Buffer>(8).fill(gzipSync(zeros(50 * MB))))),
  ),
  packed(
    "gzip-50-mb",
    "gzip",
    once(() => gzipSync(zeros(50 * MB))),
  ),
  packed(
    "deflate-50-mb",
    "deflate",
    once(() => deflateSync(zeros(50 * MB))),
  ),
  packed(
    "brotli-50-mb",
    "br",
    once(() => brotliCompressSync(zeros(50 * MB))),
  ),
  packed("gzip-that-is-none", "gzip", () => Buffer.from(ACCEPTED)),
];

/** Writes as fast as it is read, up to so much. */
function pour(response: ServerResponse, bytes: number): void {
  const piece = Buffer.alloc(MB, 0x61);
  let left = bytes;
  response.writeHead(409, { "content-type": "application/json" });
  const go = () => {
    while (left > 0 && !response.destroyed) {
      left -= piece.length;
      if (!response.write(piece)) return void response.once("drain", go);
    }
    response.end();
  };
  go();
}

/** So long a start is waited for in these towns. */
export const DEADLINE_MS = 1_500;
const wires = [
  raw("pours-100-mb", (response) => pour(response, 100 * MB), false),
  raw("pours-for-ever", (response) => pour(response, 2_000 * MB), false),
  raw(
    "drips",
    (response) => {
      response.writeHead(409);
      const timer = setInterval(() => (response.destroyed ? clearInterval(timer) : response.write(" ")), 100);
      setTimeout(() => response.destroy(), 3 * DEADLINE_MS);
    },
    false,
  ),
  raw("hangs", (response) => void setTimeout(() => response.destroy(), 3 * DEADLINE_MS), false),
  raw(
    "hangs-behind-its-head",
    (response) => {
      response.writeHead(202).flushHeaders();
      setTimeout(() => response.destroy(), 3 * DEADLINE_MS);
    },
    false,
  ),
  raw("accepts-late", (response) => void setTimeout(() => say(response, 202, ACCEPTED), 2 * DEADLINE_MS), false),
  raw("hangs-up", (response) => response.destroy(), false),
  raw(
    "hangs-up-in-the-middle",
    (response) => {
      response.writeHead(202, { "content-length": 100 });
      response.write(ACCEPTED);
      setTimeout(() => response.destroy(), 20);
    },
    false,
  ),
  raw("says-more-than-it-has", (response) => say(response, 202, ACCEPTED, { "content-length": 10_000 }), false),
  raw(
    "head-of-60-kb",
    (response) => say(response, 409, refusal({}), { "x-a": "a".repeat(12_000), "x-b": "b".repeat(12_000) }),
    false,
  ),
  raw("no-content", (response) => void response.writeHead(204).end(), false),
];

/** @param trap where nobody may ever come: it would accept, and count who came */
export const redirects = (trap: string, self: string): AnswerShape[] => [
  ...[301, 302, 303, 307, 308].map((status) =>
    raw(
      `redirect-${status}-elsewhere`,
      (response) => say(response, status, "", { location: `${trap}/v1/runs/x` }),
      false,
    ),
  ),
  raw("redirect-to-itself", (response, { path }) => say(response, 307, "", { location: `${self}${path}` }), false),
  raw("redirect-to-a-file", (response) => say(response, 302, "", { location: "file:///etc/passwd" }), false),
  raw("redirect-nowhere", (response) => say(response, 307, ""), false),
];

export const answers: readonly AnswerShape[] = [
  ...statuses,
  ...sizes,
  ...numbers,
  ...headers,
  ...texts,
  ...accepts,
  ...forms,
  ...bombs,
  ...wires,
];
