/** OpenAI Chat Completions, and what is compatible with them. */
import { at, ERRORS, fresh, json, list, stream, type Vendor } from "./vendor.ts";

export const chat: Vendor = {
  speaks: (path) => path.endsWith("/chat/completions"),
  shellIn(body) {
    const names = list(body, "tools").map((tool) => String(at(at(tool, "function"), "name")));
    return names.includes("bash") ? "bash" : null;
  },
  isAfterTool: (body) => at(list(body, "messages").at(-1), "role") === "tool",
  answer(_request, response, body, reply, { input, output }) {
    const id = fresh("chat");
    const chunk = (more: object) =>
      [null, { id, object: "chat.completion.chunk", created: 1, model: at(body, "model"), ...more }] as const;
    const say = (delta: object, finish_reason: string | null) =>
      chunk({ choices: [{ index: 0, delta, finish_reason }] });
    const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
    const said =
      "shell" in reply
        ? [say({ role: "assistant", tool_calls: [callOf(reply.shell, reply.command)] }, null), say({}, "tool_calls")]
        : "say" in reply
          ? [say({ role: "assistant", content: reply.say }, null), say({}, "stop")]
          : [say({ role: "assistant", refusal: reply.refuse }, null), say({}, "content_filter")];
    stream(response, [...said, chunk({ choices: [], usage }), [null, "[DONE]"]]);
  },
  refuse(response, status) {
    const { type, message } = ERRORS[status] ?? { type: "server_error", message: "?" };
    json(response, status, { error: { message, type, code: status === 401 ? "invalid_api_key" : type } });
  },
};

function callOf(name: string, command: string): object {
  const args = JSON.stringify({ command, description: "does the work", timeout: 600_000 });
  return { index: 0, id: fresh("call"), type: "function", function: { name, arguments: args } };
}
