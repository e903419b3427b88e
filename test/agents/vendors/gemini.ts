/** Gemini. */
import { at, ERRORS, json, list, type Reply, stream, type Vendor } from "./vendor.ts";

export const gemini: Vendor = {
  speaks: (path) => /:(?:stream)?generateContent/i.test(path) || path.includes(":countTokens"),
  shellIn(body) {
    const names = list(body, "tools").flatMap((tool) =>
      list(tool, "functionDeclarations").map((each) => at(each, "name")),
    );
    return names.includes("run_shell_command") ? "run_shell_command" : null;
  },
  isAfterTool: (body) => JSON.stringify(list(body, "contents").at(-1) ?? null).includes('"functionResponse"'),
  answer(request, response, body, reply, { input, output }) {
    if (request.url?.includes(":countTokens")) return json(response, 200, { totalTokens: input });
    const wantsJson = JSON.stringify(at(body, "generationConfig") ?? {}).includes("chema");
    const said = {
      candidates: [{ index: 0, ...candidateOf(wantsJson ? { say: CHOICE } : reply) }],
      usageMetadata: { promptTokenCount: input, candidatesTokenCount: output, totalTokenCount: input + output },
      modelVersion: "gemini-of-the-test",
    };
    if (/stream/i.test(request.url ?? "")) stream(response, [[null, said]]);
    else json(response, 200, said);
  },
  refuse(response, status, resetS) {
    const { message, google } = ERRORS[status] ?? { message: "?", google: "UNKNOWN" };
    const retry = { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${resetS}s` };
    json(response, status, {
      error: { code: status, message, status: google, details: resetS === null ? [] : [retry] },
    });
  },
};

/** What it asks itself beside the work: which model to take, and who speaks next. */
const CHOICE = JSON.stringify({
  ...{ reasoning: "x", next_speaker: "user", model_choice: "flash" },
  ...{ complexity_reasoning: "x", complexity_score: 1 },
});

function candidateOf(reply: Reply): object {
  if ("refuse" in reply) return { content: { role: "model", parts: [] }, finishReason: "SAFETY" };
  const part =
    "shell" in reply
      ? { functionCall: { name: reply.shell, args: { command: reply.command, description: "does the work" } } }
      : { text: reply.say };
  return { content: { role: "model", parts: [part] }, finishReason: "STOP" };
}
