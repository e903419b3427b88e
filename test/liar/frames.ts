/** What a joined host may send when it is asked to start something. */
import { answers, DEADLINE_MS } from "./answers.ts";
import { type Frames, frame } from "./joined.ts";
import { ACCEPTED } from "./liar.ts";

export interface FrameShape {
  name: string;
  frames: Frames;
  /** As with an answer over HTTP. */
  taken?: boolean;
  /** It can be seen at once that this is no answer: waiting for the deadline would be a waste. */
  quick?: boolean;
  /** It floods or costs the connection, and with it whatever else is being asked: tried by itself. */
  alone?: boolean;
}

const MB = 1_000_000;
const NO = JSON.stringify({ accepted: false, bootId: "b", code: "busy", message: "no" });
const send = (
  name: string,
  make: (id: string) => string | Uint8Array | (string | Uint8Array)[],
  more: Partial<FrameShape> = {},
): FrameShape => ({
  name,
  frames: (socket, { id }) => {
    for (const piece of [make(id)].flat()) socket.send(piece as string);
  },
  ...more,
});
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

const STATUSES = ["200", "99", "600", "0", "-1", "200.5", "1e300", '"200"', "null", "204", "304", "101"];
const BODIES: [string, unknown][] = [
  ["object", { accepted: true, bootId: "b" }],
  ["null", null],
  ["number", 1],
  ["of-99999", NO.replace('"no"', `"${"m".repeat(99_000)}"`)],
  ["of-100001", "m".repeat(100_001)],
  ["of-a-mb", NO.replace('"no"', `"${"m".repeat(MB)}"`)],
  ["deep", nested(40_000)],
  ["boot-id-mb", JSON.stringify({ accepted: true, bootId: "b".repeat(MB) })],
];
const KEPT = [
  "code-",
  "message-",
  "boot-id-",
  "retry-after-ms",
  "accepted-is",
  "status-200",
  "status-202",
  "status-503",
];

/** The answers over HTTP that are only a status and a body, put into frames. */
function asFrames(): FrameShape[] {
  return answers
    .filter(({ name }) => KEPT.some((prefix) => name.startsWith(prefix)))
    .map(({ name, answer, taken }) => ({
      name: `http-${name}`,
      frames: (socket, { id }, asked) => {
        let status = 200;
        const response = {
          writeHead(given: number) {
            status = given;
            return this;
          },
          end: (body: string | Buffer) => socket.send(frame(id, status, String(body))),
        };
        answer(response as never, asked);
      },
      ...(taken !== undefined && { taken }),
    }));
}

export const frames: readonly FrameShape[] = [
  send("yes", (id) => frame(id, 202, ACCEPTED), { taken: true, quick: true }),
  send("no", (id) => frame(id, 409, NO), { taken: false, quick: true }),
  ...STATUSES.map((status, at) =>
    send(`status-${at}`, (id) => `{"id":"${id}","status":${status},"body":"{}"}`, { taken: false, quick: true }),
  ),
  ...BODIES.map(([what, body]) => send(`body-${what}`, (id) => frame(id, 409, body), { taken: false, quick: true })),
  send("half-a-frame", (id) => frame(id, 202, ACCEPTED).slice(0, 30), { taken: false }),
  send("binary", (id) => new TextEncoder().encode(frame(id, 202, ACCEPTED)), { taken: false }),
  send("wrong-id", () => frame("nobody", 202, ACCEPTED), { taken: false }),
  send("id-of-a-number", () => '{"id":1,"status":202,"body":"{}"}', { taken: false }),
  send("id-proto", () => '{"id":"__proto__","status":202,"body":"{}"}', { taken: false }),
  send("id-of-a-mb", () => frame("i".repeat(MB), 202, ACCEPTED), { taken: false }),
  send("frame-deep", () => nested(100_000), { taken: false }),
  send("frame-a-list", (id) => `[${frame(id, 202, ACCEPTED)}]`, { taken: false }),
  send("no-then-yes", (id) => [frame(id, 409, NO), frame(id, 202, ACCEPTED)], { taken: false, quick: true }),
  send("yes-then-no", (id) => [frame(id, 202, ACCEPTED), frame(id, 409, NO)], { taken: true, quick: true }),
  send("yes-a-thousand-times", (id) => Array.from({ length: 1_000 }, () => frame(id, 202, ACCEPTED)), {
    taken: true,
    quick: true,
    alone: true,
  }),
  send("ten-thousand-pings", (id) => [...Array.from({ length: 10_000 }, () => "ping"), frame(id, 409, NO)], {
    taken: false,
    quick: true,
    alone: true,
  }),
  send(
    "a-thousand-strangers",
    (id) => [...Array.from({ length: 1_000 }, (_, n) => frame(`x${n}`, 202, ACCEPTED)), frame(id, 409, NO)],
    { taken: false, quick: true, alone: true },
  ),
  { name: "hangs", frames: () => undefined, taken: false },
  {
    name: "accepts-late",
    frames: (socket, { id }) =>
      void setTimeout(() => socket.readyState === 1 && socket.send(frame(id, 202, ACCEPTED)), 2 * DEADLINE_MS),
    taken: false,
  },
  ...asFrames(),
  ...[5, 12].map((mb) =>
    send(`body-of-${mb}-mb`, (id) => frame(id, 409, "m".repeat(mb * MB)), { taken: false, quick: true, alone: true }),
  ),
];
