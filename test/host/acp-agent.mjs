/** An agent that speaks the Agent Client Protocol, and does what the first word of its arguments says. */
import { spawn } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { Readable, Writable } from "node:stream";
import { agent, methods, ndJsonStream, RequestError } from "@agentclientprotocol/sdk";

const [how, journal] = process.argv.slice(2);
const note = (what) => journal && appendFileSync(journal, `${what}\n`);
let loaded = false;
let cancelled = () => undefined;
const cancel = new Promise((resolve) => {
  cancelled = resolve;
});

const options = [
  { optionId: "yes", kind: "allow_once", name: "Yes" },
  { optionId: "no", kind: "reject_once", name: "No" },
];

const models = ["large", "small"].map((value) => ({ value, name: value }));
const choice = { type: "select", currentValue: "large", options: models };
const configOptions = [{ id: "model", name: "Model", category: "model", ...choice }];

async function prompted({ client, params }) {
  const { sessionId } = params;
  const tell = (update) => client.notify(methods.client.session.update, { sessionId, update });
  if (how === "auth") throw RequestError.authRequired();
  if (how === "limit") throw new RequestError(-32603, "429 Too Many Requests, try again in 90 seconds");
  if (how === "exit") process.exit(3);
  if (how === "remembers") {
    note(sessionId);
    if (!loaded) return { stopReason: "refusal" };
    writeFileSync("made.txt", "hi\n");
    await tell({ sessionUpdate: "usage_update", used: 1, size: 9, cost: { amount: 0.75, currency: "USD" } });
    return { stopReason: "end_turn" };
  }
  if (how === "refuse") return { stopReason: "refusal" };
  if (how === "nothing") return { stopReason: "end_turn" };
  const entries = [{ content: "Write the file", priority: "high", status: "in_progress" }];
  await tell({ sessionUpdate: "plan", entries });
  const toolCall = { toolCallId: "1", title: `write with ${process.env.API_TOKEN}`, status: "pending" };
  await tell({ sessionUpdate: "tool_call", ...toolCall });
  const { outcome } = await client.request(methods.client.session.requestPermission, { sessionId, toolCall, options });
  note(JSON.stringify(outcome));
  if (how === "hang") {
    spawn("sleep", ["600"], { stdio: "ignore" });
    note("hangs");
    await cancel;
    note("cancelled");
    return { stopReason: "cancelled" };
  }
  if (outcome.optionId === "yes") writeFileSync("made.txt", "hi\n");
  await tell({ sessionUpdate: "tool_call_update", toolCallId: "1", title: "write", status: "completed" });
  for (const text of ["All ", "done."])
    await tell({ sessionUpdate: "agent_message_chunk", content: { type: "text", text } });
  return { stopReason: "end_turn", usage: { inputTokens: 40, outputTokens: 2, totalTokens: 42 } };
}

agent({ name: "scripted" })
  .onRequest(methods.agent.initialize, () => ({
    protocolVersion: 1,
    agentCapabilities: { loadSession: how === "remembers" },
  }))
  .onRequest(methods.agent.session.new, () => ({ sessionId: "s", ...(how === "choice" && { configOptions }) }))
  .onRequest(methods.agent.session.setConfigOption, ({ params: { value } }) => {
    if (!models.some((model) => model.value === value)) throw RequestError.invalidParams();
    note(`chose ${value}`);
    return { configOptions };
  })
  .onRequest(methods.agent.session.load, async ({ client, params: { sessionId } }) => {
    note(`load ${sessionId}`);
    loaded = true;
    const tell = (update) => client.notify(methods.client.session.update, { sessionId, update });
    await tell({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: "What I said before." } });
    await tell({ sessionUpdate: "usage_update", used: 1, size: 9, cost: { amount: 0.5, currency: "USD" } });
    return {};
  })
  .onRequest(methods.agent.session.prompt, prompted)
  .onNotification(methods.agent.session.cancel, () => cancelled())
  .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
