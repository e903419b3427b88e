/** What a coding agent's output says, for every tool: pure data, shared by the town and its hosts. */

/** What a run has used so far. A tool that does not tell its price leaves it null. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  /** The part of the input that was read from the provider's cache. */
  cachedTokens: number;
  costUsd: number | null;
}

/** The newest of what an agent does: its plan, the tool it uses, what it says. */
export interface Step {
  plan?: { text: string; status: string }[];
  tool?: { title: string; status: string };
  message?: string;
  /** The message is still being said: its last word may be half of one. */
  growing?: boolean;
}

/** What people must act on differently, each with a meaning of its own (`trouble.ts`). */
export type TroubleCode =
  /** Its provider's limit is reached: it opens by itself, at the reset where that is told. */
  | "provider_limited"
  /** The same of one model alone: others of the provider work. */
  | "model_limited"
  | "no_credit"
  | "provider_down"
  | "network"
  | "auth"
  /** The login is good, and its organisation or plan does not allow this. */
  | "no_access"
  | "unknown_model"
  | "untrusted_folder"
  | "setup"
  | "over_budget"
  | "max_turns"
  | "output_limit"
  | "context_full"
  | "refusal"
  /** No tool is known to mean anything by it. */
  | "agent_error";

/** Why a run came to nothing, in the town's words. */
export interface Trouble {
  kind: "provider_limited" | "auth" | "refused" | "agent_failed";
  code: TroubleCode;
  message: string;
  /** When its provider takes more, where the tool says so. */
  untilMs?: number;
  /** The tool itself waits and tries again: no end yet. */
  retrying?: boolean;
  /** It has failed, even where its exit code says otherwise. */
  final?: boolean;
}

export interface Said {
  usage: Usage | null;
  /** Null again once the tool got further. */
  trouble: Trouble | null;
  step: Step;
  /** The newest call of its model, whose usage may be told more than once, and what was used before it. */
  call?: { id: string; before: Usage | null };
  /** The tool's own name of what it remembers of this run. */
  session?: string;
  /** It has said its last: it should exit now. */
  over?: boolean;
}

export const nothingSaid: Said = { usage: null, trouble: null, step: {} };

/** Takes in one line of output: what is known after it, and what of it is for people to read. */
export type Reader = (said: Said, line: string, nowMs: number) => { said: Said; text: string };

/** What one event of a tool's JSON lines adds. */
type Fold = (event: unknown, said: Said, nowMs: number) => Partial<Said> & { text?: string };

/** Reads a tool that prints one JSON object a line; a line that is none is shown as it is. */
export const jsonLines =
  (fold: Fold): Reader =>
  (said, line, nowMs) => {
    const event = parsed(line);
    if (event === null) return { said, text: line };
    const { text = "", ...news } = fold(event, said, nowMs);
    // Some go on after what looked like the end: for what they began beside it.
    const goesOn = news.step !== undefined && Object.keys(news.step).length > 0 && { over: false };
    return { said: { ...said, ...goesOn, ...news, step: { ...said.step, ...news.step } }, text };
  };

/** Reads nothing: every line is for people. */
export const plainLines: Reader = (said, line) => ({ said, text: line });

function parsed(line: string): object | null {
  if (!line.startsWith("{")) return null;
  try {
    return JSON.parse(line) as object;
  } catch {
    return null;
  }
}

/** What stands at a path in some JSON, or undefined. */
export const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[key] : undefined),
    value,
  );

export const textAt = (value: unknown, ...path: string[]): string => {
  const found = at(value, ...path);
  return typeof found === "string" ? found : "";
};

export const numberAt = (value: unknown, ...path: string[]): number => {
  const found = at(value, ...path);
  return typeof found === "number" && Number.isFinite(found) && found >= 0 ? found : 0;
};

export const listAt = (value: unknown, ...path: string[]): unknown[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
};

/** Tokens are whole; what a tool says beyond that is not for sums. */
export const usageOf = (usage: Partial<Usage>): Usage => ({
  inputTokens: Math.round(usage.inputTokens ?? 0),
  outputTokens: Math.round(usage.outputTokens ?? 0),
  cachedTokens: Math.round(usage.cachedTokens ?? 0),
  costUsd: usage.costUsd ?? null,
});

export const plus = (before: Usage | null, more: Usage): Usage => ({
  inputTokens: (before?.inputTokens ?? 0) + more.inputTokens,
  outputTokens: (before?.outputTokens ?? 0) + more.outputTokens,
  cachedTokens: (before?.cachedTokens ?? 0) + more.cachedTokens,
  costUsd: more.costUsd === null ? (before?.costUsd ?? null) : (before?.costUsd ?? 0) + more.costUsd,
});
