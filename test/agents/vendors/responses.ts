/** OpenAI Responses. */
import { at, ERRORS, fresh, json, list, type Reply, stream, type Vendor } from "./vendor.ts";

export const responses: Vendor = {
  speaks: (path) => path.endsWith("/responses"),
  shellIn(body) {
    const names = list(body, "tools").map((tool) => String(at(tool, "name") ?? at(tool, "type")));
    return names.find((name) => ["exec_command", "shell_command", "shell", "local_shell"].includes(name)) ?? null;
  },
  isAfterTool: (body) => String(at(list(body, "input").at(-1), "type")).endsWith("_output"),
  answer(_request, response, _body, reply, { input, output }) {
    const id = fresh("resp");
    const usage = {
      ...{ input_tokens: input, input_tokens_details: { cached_tokens: 0 } },
      ...{ output_tokens: output, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: input + output },
    };
    const item = itemOf(reply);
    stream(response, [
      ["response.created", { type: "response.created", response: { id } }],
      ["response.output_item.added", { type: "response.output_item.added", output_index: 0, item }],
      ["response.output_item.done", { type: "response.output_item.done", output_index: 0, item }],
      ["response.completed", { type: "response.completed", response: { id, output: [item], usage } }],
    ]);
  },
  refuse(response, status, resetS) {
    const { type, message } = ERRORS[status] ?? { type: "server_error", message: "?" };
    const more = resetS === null ? {} : { resets_in_seconds: resetS };
    const code = status === 401 ? "invalid_api_key" : type;
    json(response, status, { error: { type, message, code, ...more } });
  },
};

function itemOf(reply: Reply): object {
  if ("shell" in reply) {
    const call = { exec_command: { cmd: reply.command }, shell_command: { command: reply.command } }[reply.shell];
    const args = JSON.stringify(call ?? { command: ["bash", "-lc", reply.command] });
    return {
      type: "function_call",
      id: fresh("fc"),
      call_id: fresh("call"),
      name: reply.shell,
      arguments: args,
      status: "completed",
    };
  }
  const content =
    "say" in reply
      ? { type: "output_text", text: reply.say, annotations: [] }
      : { type: "refusal", refusal: reply.refuse };
  return { type: "message", id: fresh("msg"), role: "assistant", status: "completed", content: [content] };
}
