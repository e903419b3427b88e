/** A model that the test plays, for all vendors' protocols at once: what it does is its story. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { anthropic } from "./vendors/anthropic.ts";
import { chat } from "./vendors/chat.ts";
import { gemini } from "./vendors/gemini.ts";
import { responses } from "./vendors/responses.ts";
import type { Reply, Vendor } from "./vendors/vendor.ts";

/** What each answer claims to have used. */
export const PER_ANSWER = { input: 100, output: 7 };

const WORK = "echo 'hi from a model' > made.txt";
const IDLE = "I have looked around and changed nothing yet.";
/** Says that it began where a test can see it, then does nothing for as long as anybody would wait. */
const HANG = 'echo $$ > "$WATCH/begun"; sleep 600';

export type Story =
  | "work"
  | "hang"
  | "refuse"
  | "endless"
  /** Does nothing when it is first asked, and the work when it is asked again. */
  | "second"
  | "locked"
  | "limit"
  | "limitUntold"
  | "busy"
  | "broken";

const vendors: readonly Vendor[] = [anthropic, responses, chat, gemini];

/** How it answers the provider's way, where it does not answer at all. */
const refusals: Partial<Record<Story, number>> = { locked: 401, limit: 429, limitUntold: 429, busy: 529, broken: 500 };

interface Asked {
  atMs: number;
  path: string;
  status: number;
  /** It holds what was answered to an earlier prompt. */
  remembers: boolean;
}

/** @param limitMs how long `limit` takes nothing from the first time it is asked */
export async function aModel(story: Story, { limitMs = 25_000, port = 0 } = {}) {
  const asked: Asked[] = [];
  let resetMs = 0;
  let prompts = 0;
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const path = request.url ?? "";
    const vendor = vendors.find((each) => each.speaks(path));
    if (!vendor || request.method !== "POST") return elsewhere(response);
    const body = parsed(text);
    if (resetMs === 0) resetMs = Date.now() + limitMs;
    const waitMs = Math.max(0, resetMs - Date.now());
    const status = refusals[story] ?? 200;
    const refused = status !== 200 && (story !== "limit" || waitMs > 0);
    asked.push({ atMs: Date.now(), path, status: refused ? status : 200, remembers: text.includes(IDLE) });
    if (!refused && vendor.shellIn(body) !== null && !vendor.isAfterTool(body)) prompts++;
    const reply = story === "second" && prompts === 1 ? { say: IDLE } : replyTo(story, vendor, body);
    if (!refused) return vendor.answer(request, response, body, reply, PER_ANSWER);
    if (story === "limit") response.setHeader("retry-after", String(Math.ceil(waitMs / 1_000)));
    vendor.refuse(response, status, story === "limit" ? Math.ceil(waitMs / 1_000) : null);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const { port: bound } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${bound}`, asked, resetMs: () => resetMs, close };
}

/** One tool call, then a word; a request without tools wants a title or the like. */
function replyTo(story: Story, vendor: Vendor, body: unknown): Reply {
  const shell = vendor.shellIn(body);
  if (shell === null) return { say: "Done." };
  if (story === "refuse") return { refuse: "I can't help with that." };
  if (story === "endless") return { shell, command: "true" };
  if (vendor.isAfterTool(body)) return { say: "Done." };
  return { shell, command: story === "hang" ? HANG : WORK };
}

/** Lists of models, settings of accounts, telemetry: there is none. */
function elsewhere(response: ServerResponse): void {
  response.writeHead(404, { "content-type": "application/json" });
  response.end('{"error":{"message":"no such route"}}');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text || "{}");
  } catch {
    return {};
  }
}
