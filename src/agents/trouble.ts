/** What an error that a tool hands on from its provider means to the town. */
import { bounded, resetIn } from "./reset.ts";
import type { Trouble, TroubleCode } from "./said.ts";
import { codeOfStatus, EXACT, type Row, type Signals, TYPES, WORDS } from "./signals.ts";

/** A tool's own final error: what its fields say, and its words. The rest of its output has no say. */
export interface ToolError {
  words: string;
  /** The HTTP status that it names; 0: none. */
  status?: number;
  /** Names of errors in its fields. */
  types?: readonly string[];
  /** When its provider takes more, where a field says so. */
  untilMs?: number | null;
}

/** What an error begins with says what it is; what follows may be anything, and as long as it likes. */
const WORDS_READ = 4_000;
const TYPES_READ = 20;

/** What each code means: whose matter it is, and what people should do about it. */
const MEANING: Record<TroubleCode, { kind: Trouble["kind"]; says: (words: string) => string }> = {
  provider_limited: {
    kind: "provider_limited",
    says: (words) =>
      `Its provider takes no more for now: ${words}. Wait, raise the provider's limit, or give the agent another account.`,
  },
  model_limited: {
    kind: "provider_limited",
    says: (words) => `Its model takes no more for now: ${words}. Wait, or give the agent another model.`,
  },
  no_credit: {
    kind: "provider_limited",
    says: (words) =>
      `Its credit is used up: ${words}. Add credit, raise the spending limit, or give the agent another account.`,
  },
  provider_down: {
    kind: "provider_limited",
    says: (words) => `Its provider has trouble of its own: ${words}. Wait, or give the agent another provider.`,
  },
  network: {
    kind: "provider_limited",
    says: (words) => `It can't reach its provider: ${words}. Look at this host's network and proxy, or wait.`,
  },
  auth: {
    kind: "auth",
    says: (words) =>
      `It may not use its provider: ${words}. Log it in on this host, or mend the key in its environment.`,
  },
  no_access: {
    kind: "auth",
    says: (words) =>
      `Its account may not do this: ${words}. Look at its organisation and plan, or give the agent another account.`,
  },
  unknown_model: {
    kind: "refused",
    says: (words) => `Its provider does not know the model, or does not give it: ${words}. Change the agent's model.`,
  },
  untrusted_folder: {
    kind: "refused",
    says: (words) =>
      `It does not trust its working copy: ${words}. Allow it by the tool's own flag, variable or settings.`,
  },
  setup: {
    kind: "refused",
    says: (words) => `It is not set up to run here: ${words}. Mend its configuration or its command on this host.`,
  },
  over_budget: { kind: "agent_failed", says: (words) => `The agent used up its budget: ${words}.` },
  max_turns: { kind: "agent_failed", says: (words) => `The agent used up its turns: ${words}.` },
  output_limit: { kind: "agent_failed", says: (words) => `The agent used up its tokens: ${words}.` },
  context_full: { kind: "agent_failed", says: (words) => `The work does not fit the model's context: ${words}.` },
  refusal: { kind: "agent_failed", says: (words) => `The model refused: ${words}.` },
  agent_error: { kind: "agent_failed", says: (words) => `The agent gave up: ${words}` },
};

/** These have come to nothing, also where the tool's exit code says otherwise: what it did so far is half of the work. */
const HALF_DONE: ReadonlySet<TroubleCode> = new Set(["over_budget", "max_turns", "output_limit", "refusal"]);

export function troubleAs(code: TroubleCode, words: string, untilMs: number | null = null): Trouble {
  const { kind, says } = MEANING[code];
  const told = words.trim().replace(/[.\s]+$/, "") || "it did not say why";
  const trouble: Trouble = { kind, code, message: says(told) };
  if (HALF_DONE.has(code)) trouble.final = true;
  return untilMs === null || kind !== "provider_limited" ? trouble : { ...trouble, untilMs };
}

export function troubleOf(error: ToolError, nowMs: number, own: Signals = {}): Trouble {
  const words = error.words.slice(0, WORDS_READ);
  const code = codeOf({ ...error, words }, own);
  const named = error.untilMs == null ? null : bounded(error.untilMs, nowMs);
  const untilMs = named ?? resetIn(words, nowMs);
  // What comes back by itself at a time that is told is a limit, also where the text asks for money meanwhile.
  return troubleAs(code === "no_credit" && untilMs !== null ? "provider_limited" : code, words, untilMs);
}

function codeOf({ words, status = 0, types = [] }: ToolError, own: Signals): TroubleCode {
  const said = withoutNames(words);
  const rows = (...lists: (readonly Row[] | undefined)[]) => rowFor(lists, said);
  const names = [...types, ...typesIn(words)].slice(0, TYPES_READ);
  const typed = typeFor(names, own.types) ?? typeFor(names, TYPES);
  if (typed !== null && !VAGUE.has(typed)) return typed;
  const stated = typed ?? codeOfStatus(status || statusIn(said));
  return rows(own.exact, EXACT) ?? stated ?? rows(own.words, WORDS) ?? "agent_error";
}

/** Providers use one and the same status or type for several of these: words may say more than it. */
const VAGUE: ReadonlySet<TroubleCode> = new Set(["provider_limited", "auth", "no_access", "provider_down", "network"]);

/** Whether these words stand for anything that is known. */
export const isKnown = (words: string, own: Signals = {}): boolean => codeOf({ words }, own) !== "agent_error";

function rowFor(lists: (readonly Row[] | undefined)[], words: string): TroubleCode | null {
  for (const rows of lists) for (const [pattern, code] of rows ?? []) if (pattern.test(words)) return code;
  return null;
}

function typeFor(names: readonly string[], table: Signals["types"] = {}): TroubleCode | null {
  for (const name of names) {
    const key = name.toLowerCase();
    if (Object.hasOwn(table, key)) return table[key] ?? null;
  }
  return null;
}

/** A provider's answer often stands in the words as it came, as JSON or as JSON inside of JSON. */
function typesIn(words: string): string[] {
  const plain = words.replaceAll("\\", "");
  const found = plain.matchAll(/"(?:type|code|status|reason|name|kind|errorKind|error)"\s*:\s*"([A-Za-z]\w{2,60})"/g);
  return [...found].slice(0, TYPES_READ).map(([, name = ""]) => name);
}

const STATUS =
  /(?:\b(?:api error|unexpected status|last status|got status|status(?: ?code)?|error code|request rejected|http(?: error)?|repeated)\b["']?\s*[:=]?\s*\(?|"code"\s*:\s*|^(?:error:\s*)?)([45]\d\d)(?![\d.])/i;

function statusIn(words: string): number {
  return Number(STATUS.exec(words.replaceAll("\\", ""))?.[1] ?? 0);
}

/** Files and addresses may be called anything: `src/billing/rate-limit.ts` is no limit. */
function withoutNames(words: string): string {
  return words
    .replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>)]+/gi, "…")
    .replace(
      /(?<![\w/])(?:~|\.{1,2}|[\w@.-]+)?(?:\/[\w@.+-]+){2,}\/?|(?<![\w/])(?:\.{1,2}|[\w@-]+)\/[\w@+-]+\.[\w.+-]+/g,
      "…",
    )
    .replace(
      /\b[\w.-]+\.(?:[cm]?[jt]sx?|py|md|json|go|rs|java|kt|rb|php|ya?ml|toml|txt|sh|log|css|html?|sql|c|h|cpp|cs|swift)\b/gi,
      "…",
    );
}
