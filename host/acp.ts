import { Readable, type Writable, Writable as WritableStream } from "node:stream";
import {
  type ClientContext,
  client,
  type InitializeResponse,
  methods,
  type NewSessionResponse,
  ndJsonStream,
  PROTOCOL_VERSION,
  type PromptResponse,
  RequestError,
  type RequestPermissionRequest,
  type RequestPermissionResponse,
  type SetSessionConfigOptionRequest,
} from "@agentclientprotocol/sdk";
import { at, listAt, numberAt, textAt, usageOf } from "../src/agents/said.ts";
import { troubleAs } from "../src/agents/trouble.ts";
import { fullAccessIn } from "./acp-mode.ts";
import {
  type Answer,
  authRequired,
  clientCapabilities,
  troubleInAnswer,
  troubleInError,
  troubleInMeta,
} from "./acp-trouble.ts";
import { settledWithin } from "./clock.ts";
import type { Exit } from "./exit-meaning.ts";
import { cancelGraceMs, greetMs, messageChars, ownRetryMs, silentRequestMs } from "./limits.ts";
import type { Listener } from "./listener.ts";
import { StepFailure } from "./outcomes.ts";

type Order = {
  cwd: string;
  prompt: string;
  model: string | null;
  permissions: "allow" | "deny";
  /** The one to go on with, if the agent still has it. */
  session: string | null;
  /** It does not say that it waits for its provider: silence does. */
  waitsUnseen: boolean;
};
const invalidParams = -32_602; // by JSON-RPC
const choicesNamed = 20;

type Lines = { input: Writable; output: Readable };

/**
 * One prompt to an agent that speaks the Agent Client Protocol, and what it says meanwhile. It is offered neither files nor
 * terminals: it works in its own worktree with its own tools.
 */
export class Conversation {
  /** The prompt was answered, or never will be. */
  readonly over: Promise<void>;
  readonly #order: Order;
  readonly #listener: Listener;
  readonly #tell: (text: string) => void;
  readonly #input: Writable;
  #context: ClientContext | null = null;
  #session: string | null = null;
  #answer: Answer | { error: unknown } | null = null;
  #message = "";
  /** It says again what it said before. */
  #replays = false;
  #spentBeforeUsd = 0;
  readonly #toolsAtWork = new Set<string>();
  #silence: NodeJS.Timeout | null = null;

  constructor({ input, output }: Lines, order: Order, listener: Listener, tell: (text: string) => void) {
    this.#order = order;
    this.#listener = listener;
    this.#tell = tell;
    this.#input = input;
    const stream = ndJsonStream(
      WritableStream.toWeb(input) as globalThis.WritableStream<Uint8Array>,
      Readable.toWeb(output) as globalThis.ReadableStream<Uint8Array>,
    );
    const app = client({ name: "townkeeper" })
      .onRequest(methods.client.session.requestPermission, ({ params }) => this.#permit(params))
      .onNotification(methods.client.session.update, ({ params }) => this.#hear(params.update));
    this.over = app
      .connectWith(stream, (context) => this.#converse(context))
      .then(
        (answer) => {
          this.#answer ??= answer;
        },
        (error: unknown) => {
          this.#answer ??= { error };
        },
      );
  }

  /** It ended without an answer of the agent's. */
  get broke(): boolean {
    return this.#answer !== null && "error" in this.#answer && !(this.#answer.error instanceof RequestError);
  }

  /** Asks it to stop what it does, and waits a little for its word on that. */
  async close(): Promise<void> {
    if (this.#silence) clearTimeout(this.#silence);
    if (this.#answer === null && this.#context && this.#session !== null) {
      await this.#context.notify(methods.agent.session.cancel, { sessionId: this.#session }).catch(() => undefined);
      await settledWithin(this.over, cancelGraceMs);
    }
    this.#input.end();
  }

  /** A stop reason is no success either: whether there is work to show is for others to see. */
  failureOf(exit: Exit | null, tail: string): StepFailure | null {
    const heard = this.#listener.failureOf(exit, tail);
    const decided = heard !== null && (heard.failure !== "agent_failed" || heard.code === "over_budget");
    if (decided) return heard;
    const answer = this.#answer;
    if (answer && "stopReason" in answer) {
      const trouble = troubleInAnswer(answer, this.#listener.signals);
      return trouble && this.#listener.fail(trouble);
    }
    if (exit === null && answer) return this.#failureIn(answer.error);
    return heard ?? new StepFailure("agent_failed", "no_answer", "The agent ended without an answer.");
  }

  async #converse(context: ClientContext): Promise<Answer> {
    this.#context = context;
    const { cwd, model, prompt } = this.#order;
    const { sessionId, configOptions } = await inTime(this.#open(context, cwd));
    const mode = this.#order.permissions === "allow" ? fullAccessIn(configOptions) : null;
    if (mode) await context.request(methods.agent.session.setConfigOption, { sessionId, ...mode });
    const choice = configOptions?.find(({ category }) => category === "model");
    if (model !== null && choice) await this.#choose(context, { sessionId, configId: choice.id, value: model }, choice);
    if (model !== null && !choice) this.#tell(`[its model can't be chosen over this protocol: ${model}]\n`);
    this.#session = sessionId;
    this.#listener.learn({ session: sessionId });
    const text = { type: "text", text: prompt } as const;
    this.#listenForSilence();
    const answer = await context.request<PromptResponse>(methods.agent.session.prompt, { sessionId, prompt: [text] });
    this.#listener.learn({ over: true, ...(this.#message !== "" && { step: { growing: false } }) });
    this.#count(at(answer, "usage"));
    return { stopReason: answer.stopReason, meta: answer._meta };
  }

  /** Agents say of a model that they don't have no more than that a parameter is wrong. */
  async #choose(context: ClientContext, model: SetSessionConfigOptionRequest, choice: unknown): Promise<void> {
    try {
      await context.request(methods.agent.session.setConfigOption, model);
    } catch (error) {
      if (!(error instanceof RequestError) || error.code !== invalidParams) throw error;
      const offered = listAt(choice, "options").map((option) => textAt(option, "value"));
      const words = `${textAt(model, "value")} is none of what it offers, ${offered.slice(0, choicesNamed).join(", ")}`;
      throw this.#listener.fail(troubleAs("unknown_model", words));
    }
  }

  async #open(context: ClientContext, cwd: string): Promise<NewSessionResponse> {
    const hello = { protocolVersion: PROTOCOL_VERSION, clientCapabilities };
    const { agentCapabilities } = await context.request<InitializeResponse>(methods.agent.initialize, hello);
    const { session } = this.#order;
    const again = session !== null && agentCapabilities?.loadSession ? await this.#load(context, session, cwd) : null;
    return again ?? context.request(methods.agent.session.new, { cwd, mcpServers: [] });
  }

  /** Null: it no longer knows it. */
  async #load(context: ClientContext, sessionId: string, cwd: string): Promise<NewSessionResponse | null> {
    this.#replays = true;
    try {
      return { ...(await context.request(methods.agent.session.load, { sessionId, cwd, mcpServers: [] })), sessionId };
    } catch (error) {
      if (!(error instanceof RequestError) || error.code === authRequired) throw error;
      this.#tell("[its session is gone: it begins anew]\n");
      return null;
    } finally {
      this.#replays = false;
    }
  }

  /** The policy answers; where it finds no fitting option, the question is called off. */
  #permit({ options, toolCall }: RequestPermissionRequest): RequestPermissionResponse {
    const { permissions } = this.#order;
    const wanted = permissions === "allow" ? ["allow_once", "allow_always"] : ["reject_once", "reject_always"];
    const option = wanted.flatMap((kind) => options.filter((each) => each.kind === kind))[0];
    this.#tell(`[${option ? permissions : "no answer"}: ${textAt(toolCall, "title") || "a tool"}]\n`);
    // Some say no more of a tool until it is done.
    if (permissions === "allow" && option) this.#toolsAtWork.add(toolCall.toolCallId);
    this.#listenForSilence();
    return { outcome: option ? { outcome: "selected", optionId: option.optionId } : { outcome: "cancelled" } };
  }

  /** With a request open and no tool at work, saying nothing is waiting for its provider. */
  #listenForSilence(): void {
    if (this.#silence) clearTimeout(this.#silence);
    if (!this.#order.waitsUnseen || this.#answer !== null || this.#toolsAtWork.size > 0) return;
    const words = `it has not been answered for ${silentRequestMs / 1_000} s`;
    const tell = () => this.#listener.learn({ trouble: { ...troubleAs("provider_down", words), retrying: true } });
    this.#silence = setTimeout(tell, silentRequestMs - ownRetryMs);
    this.#silence.unref();
  }

  #hear(update: unknown): void {
    this.#listenForSilence();
    if (this.#replays) {
      if (textAt(update, "sessionUpdate") === "usage_update") this.#spentBeforeUsd = numberAt(update, "cost", "amount");
      return;
    }
    switch (textAt(update, "sessionUpdate")) {
      case "agent_message_chunk":
        this.#message = endOf(this.#message + textAt(update, "content", "text"));
        this.#tell(textAt(update, "content", "text"));
        this.#listener.learn({ step: { message: this.#message, growing: true }, trouble: null });
        break;
      case "tool_call":
      case "tool_call_update":
        this.#hearTool(update);
        break;
      case "plan": {
        const plan = listAt(update, "entries").map((e) => ({
          text: textAt(e, "content"),
          status: textAt(e, "status"),
        }));
        this.#listener.learn({ step: { plan } });
        break;
      }
      case "usage_update":
        this.#spend(update);
        break;
      case "agent_thought_chunk":
        this.#listener.learn({ trouble: null });
        break;
      case "session_info_update":
        this.#hearTrouble(at(update, "_meta"));
        break;
    }
  }

  /** Adapters say beside the protocol that they wait for their provider, or what came of that. */
  #hearTrouble(meta: unknown): void {
    const trouble = troubleInMeta(meta, this.#listener.signals);
    if (!trouble) return;
    this.#tell(`[${trouble.message}]\n`);
    this.#listener.learn({ trouble });
  }

  #hearTool(update: unknown): void {
    const title = textAt(update, "title") || textAt(update, "toolCallId");
    const status = textAt(update, "status") || "pending";
    const isOver = status === "completed" || status === "failed";
    if (isOver) this.#toolsAtWork.delete(textAt(update, "toolCallId"));
    else this.#toolsAtWork.add(textAt(update, "toolCallId"));
    this.#listenForSilence();
    if (this.#message !== "" && !this.#message.endsWith("\n")) this.#tell("\n");
    this.#message = "";
    if (isOver) this.#tell(`[${title}: ${status}]\n`);
    this.#listener.learn({ step: { tool: { title, status }, growing: false }, trouble: null });
  }

  /** It tells the cost of the whole session so far. */
  #spend(update: unknown): void {
    if (textAt(update, "cost", "currency") !== "USD") return;
    const usage = this.#listener.usage ?? usageOf({});
    this.#listener.learn({
      usage: { ...usage, costUsd: Math.max(0, numberAt(update, "cost", "amount") - this.#spentBeforeUsd) },
    });
  }

  /** What the answer says it used, unless more was heard on the way. */
  #count(usage: unknown): void {
    if (usage === undefined || usage === null) return;
    const known = this.#listener.usage;
    const told = usageOf({
      inputTokens: numberAt(usage, "inputTokens"),
      outputTokens: numberAt(usage, "outputTokens"),
      cachedTokens: numberAt(usage, "cachedReadTokens"),
      costUsd: known?.costUsd ?? null,
    });
    const tokens = (each: typeof told | null) => (each ? each.inputTokens + each.outputTokens : 0);
    if (tokens(told) > tokens(known)) this.#listener.learn({ usage: told });
  }

  #failureIn(error: unknown): StepFailure {
    if (error instanceof StepFailure) return error;
    const { trouble, signals } = this.#listener;
    return this.#listener.fail(trouble ?? troubleInError(error, signals));
  }
}

/** From a whole word on: half a secret is not recognised. */
const endOf = (message: string): string =>
  message.length <= messageChars ? message : message.slice(-messageChars).replace(/^\S+/, "");

async function inTime<T>(greeting: Promise<T>): Promise<T> {
  if (await settledWithin(greeting, greetMs)) return greeting;
  throw new StepFailure("agent_failed", "acp_silent", "The agent did not take up the Agent Client Protocol in time.");
}
