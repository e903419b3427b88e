/** A model behind an OpenAI-compatible endpoint that does what its name says: `work`, `hang`, `limit`, `locked`. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What each answer claims to have used. */
export const PER_ANSWER = { input: 100, output: 7 };

interface Asked {
  model: string;
  messages: { role: string }[];
  tools?: unknown[];
}

const WORK = "echo 'hi from a model' > made.txt";
/** Says that it began where a test can see it, then does nothing for as long as anybody would wait. */
const HANG = 'echo $$ > "$WATCH/begun"; sleep 600';

/** @param limitMs how long `limit` takes nothing from the first time it is asked */
export async function aModel(limitMs = 20_000) {
  const asked: { atMs: number; model: string; status: number }[] = [];
  let resetMs = 0;
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text || "{}") as Asked;
    if (body.model === "limit" && resetMs === 0) resetMs = Date.now() + limitMs;
    const waitMs = body.model === "limit" ? resetMs - Date.now() : 0;
    const status = body.model === "locked" ? 401 : waitMs > 0 ? 429 : 200;
    asked.push({ atMs: Date.now(), model: body.model, status });
    if (status === 401) refuse(response, 401, "Incorrect API key provided", "invalid_api_key");
    else if (status === 429) {
      response.setHeader("retry-after", String(Math.ceil(waitMs / 1_000)));
      refuse(response, 429, "Rate limit reached, try again later", "rate_limit_exceeded");
    } else answer(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1`, asked, resetMs: () => resetMs };
}

function refuse(response: ServerResponse, status: number, message: string, code: string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: { message, type: code, code } }));
}

/** One tool call, then a word; a request without tools wants a title. */
function answer(_request: IncomingMessage, response: ServerResponse, { model, messages, tools }: Asked): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (chunk: object) =>
    response.write(
      `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model, ...chunk })}\n\n`,
    );
  const say = (delta: object, finish_reason: string | null) => send({ choices: [{ index: 0, delta, finish_reason }] });
  if (tools?.length && messages.at(-1)?.role !== "tool") {
    const call = { command: model === "hang" ? HANG : WORK, description: "does the work", timeout: 600_000 };
    const fn = { name: "bash", arguments: JSON.stringify(call) };
    say({ role: "assistant", tool_calls: [{ index: 0, id: "call_1", type: "function", function: fn }] }, null);
    say({}, "tool_calls");
  } else {
    say({ role: "assistant", content: "Done." }, null);
    say({}, "stop");
  }
  const { input, output } = PER_ANSWER;
  send({
    choices: [],
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
  });
  response.end("data: [DONE]\n\n");
}
