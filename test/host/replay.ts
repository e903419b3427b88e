/** What a tool once printed, said again to what reads it today. */
import { PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { vi } from "vitest";
import { Conversation } from "../../host/acp.ts";
import { Listener } from "../../host/listener.ts";
import type { StepFailure } from "../../host/outcomes.ts";
import { type Program, presets } from "../../src/agents/index.ts";
import type { Preset } from "../../src/agents/preset.ts";

interface Understood {
  failure: StepFailure | null;
  tokens: number | null;
}

/** Longer than an agent may wait for its provider, or be silent. */
const PATIENCE_MS = 80_000;

/** Line by line, as `exec` has them. @param code with which the program ended, which its output does not tell */
export function heard(program: Program, lines: readonly string[], code: number): Understood {
  const listener = new Listener(program, []);
  for (const line of lines) listener.hear(line);
  listener.close();
  const failure = listener.failureOf({ code, signal: null }, lines.join("\n"));
  return { failure: listener.unlessUnknown(failure), tokens: tokensOf(listener) };
}

/**
 * Over the Agent Client Protocol: each answer comes once its request was made. Before the agent obeys a cancel, time passes, in which today's
 * host has enough, or else a person calls it off. Wants `setTimeout` to be faked.
 *
 * @param calledOff nothing that the agent said had ended it: then its tool was at work for all that time
 */
export async function spoken(
  program: Program,
  lines: readonly string[],
  { goesOn, calledOff }: { goesOn: boolean; calledOff: boolean },
): Promise<Understood> {
  const listener = new Listener(program, []);
  const [input, output] = [new PassThrough(), new PassThrough()];
  const asked = requestsIn(input);
  const { waitsUnseen = false } = presets[program.preset] as Preset;
  const order = { cwd: "/", prompt: "Do it.", model: program.model, permissions: program.permissions };
  const conversation = new Conversation(
    { input, output },
    { ...order, session: goesOn ? "one" : null, waitsUnseen },
    listener,
    () => undefined,
  );
  const state = { isOver: false, isEnough: false };
  void conversation.over.then(() => (state.isOver = true));
  void listener.enough.then(() => (state.isEnough = true));
  let closed: Promise<void> | null = null;
  for (const line of lines) {
    const { id, method, result, isProtocol } = read(line);
    const isOff = result?.stopReason === "cancelled" || (calledOff && /"status":"(?:completed|failed)"/.test(line));
    if (isOff && closed === null && !state.isEnough) {
      await vi.advanceTimersByTimeAsync(PATIENCE_MS);
      if (!state.isEnough) closed = conversation.close();
    }
    const isAnswer = id !== undefined && method === undefined;
    for (let n = 0; isAnswer && !asked.has(id) && n < 100; n++) await turn();
    if (isProtocol) output.write(`${line}\n`);
    else listener.hear(line);
    for (let n = 0; n < 5; n++) await turn();
  }
  if (!state.isOver && !state.isEnough) await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  const saidItself = closed === null && (state.isOver || state.isEnough);
  const failure = saidItself ? conversation.failureOf(null, "") : null;
  closed ??= conversation.close();
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  await closed;
  listener.close();
  return { failure: listener.unlessUnknown(failure), tokens: tokensOf(listener) };
}

const tokensOf = ({ usage }: Listener): number | null => usage && usage.inputTokens + usage.outputTokens;

interface Line {
  id?: number | string;
  method?: string;
  result?: { stopReason?: string };
  isProtocol: boolean;
}

/** Beside the protocol a program prints what it likes, on its standard error. */
function read(line: string): Line {
  try {
    const message = JSON.parse(line) as Omit<Line, "isProtocol"> & { jsonrpc?: string };
    return { ...message, isProtocol: message.jsonrpc === "2.0" };
  } catch {
    return { isProtocol: false };
  }
}

/** The numbers of the requests that were made so far. */
function requestsIn(input: PassThrough): ReadonlySet<unknown> {
  const asked = new Set<unknown>();
  let rest = "";
  input.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) asked.add(read(line).id);
  });
  return asked;
}
