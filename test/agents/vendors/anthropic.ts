/** Anthropic Messages. */
import { at, ERRORS, fresh, json, list, type Reply, stream, type Used, type Vendor } from "./vendor.ts";

export const anthropic: Vendor = {
  speaks: (path) => path.includes("/v1/messages"),
  shellIn: (body) => (list(body, "tools").some((tool) => at(tool, "name") === "Bash") ? "Bash" : null),
  isAfterTool: (body) => JSON.stringify(list(body, "messages").at(-1) ?? null).includes('"tool_result"'),
  answer(request, response, body, reply, used) {
    if (request.url?.includes("count_tokens")) return json(response, 200, { input_tokens: used.input });
    const message = messageOf(body, reply, used);
    if (at(body, "stream") !== true) return json(response, 200, message);
    stream(response, eventsOf(message));
  },
  refuse(response, status, resetS) {
    const { type, message } = ERRORS[status] ?? { type: "api_error", message: "?" };
    if (resetS !== null)
      response.setHeader("anthropic-ratelimit-unified-reset", String(Math.floor(Date.now() / 1_000) + resetS));
    json(response, status, { type: "error", error: { type, message }, request_id: fresh("req") });
  },
};

function messageOf(body: unknown, reply: Reply, { input, output }: Used) {
  const [block, stop] =
    "shell" in reply
      ? [
          {
            type: "tool_use",
            id: fresh("toolu"),
            name: reply.shell,
            input: { command: reply.command, description: "does the work" },
          },
          "tool_use",
        ]
      : "say" in reply
        ? [{ type: "text", text: reply.say }, "end_turn"]
        : [{ type: "text", text: reply.refuse }, "refusal"];
  return {
    ...{ id: fresh("msg"), type: "message", role: "assistant", model: at(body, "model"), content: [block] },
    ...{ stop_reason: stop, stop_sequence: null },
    usage: { input_tokens: input, output_tokens: output, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
  };
}

function eventsOf(message: ReturnType<typeof messageOf>): [string, object][] {
  const block: { type: string; text?: string; input?: object } = message.content[0] ?? { type: "text" };
  const begun = block.type === "text" ? { type: "text", text: "" } : { ...block, input: {} };
  const delta =
    block.type === "text"
      ? { type: "text_delta", text: block.text }
      : { type: "input_json_delta", partial_json: JSON.stringify(block.input) };
  const start = { ...message, content: [], stop_reason: null, usage: { ...message.usage, output_tokens: 1 } };
  const events: [string, object][] = [
    ["message_start", { message: start }],
    ["content_block_start", { index: 0, content_block: begun }],
    ["content_block_delta", { index: 0, delta }],
    ["content_block_stop", { index: 0 }],
    ["message_delta", { delta: { stop_reason: message.stop_reason, stop_sequence: null }, usage: message.usage }],
    ["message_stop", {}],
  ];
  return events.map(([type, data]) => [type, { type, ...data }]);
}
