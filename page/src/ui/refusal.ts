/** What the town says of what was sent, in the words and units of the form that it was filled in with. */
import { type FieldError, Problem } from "../api.ts";
import { hintOf } from "../hints.ts";

/** What a field is filled in with, where the town counts in milliseconds. */
export interface Unit {
  ms: number;
  words: string;
}

export const MINUTES: Unit = { ms: 60_000, words: "minutes" };
export const SECONDS: Unit = { ms: 1_000, words: "seconds" };

/** The field that takes it; what is within a list of things has none of its own. */
export const fieldOf = ({ path }: FieldError): string =>
  path
    .replace(/^settings\./, "")
    .replace(/^(hold\.why|reason)$/, "why")
    .replace(/\.\d+$/, "")
    .replace(/^(envChanges)\..*/, "$1");

const ENDINGS: Readonly<Record<string, string>> = { one: "st", two: "nd", few: "rd" };
const ordinals = new Intl.PluralRules("en", { type: "ordinal" });
/** Counted from 1. */
export const nth = (index: number): string => `${index + 1}${ENDINGS[ordinals.select(index + 1)] ?? "th"}`;

const SMALLEST = 0.01;
function shown(ms: number, unit: Unit): string {
  const count = ms / unit.ms;
  return `${count < SMALLEST ? "more than 0" : Number(count.toFixed(2))} ${unit.words}`;
}

function inUnit(message: string, unit: Unit): string {
  return message
    .replace(/\bat (least|most) (\d+)$/, (_, which: string, ms: string) => {
      const bound = shown(Number(ms), unit);
      return bound.startsWith("more") ? bound : `at ${which} ${bound}`;
    })
    .replace(/, and is -?\d+$/, "");
}

/** What settings that don't go together are called on the page. */
const SETTINGS: Readonly<Record<string, string>> = {
  leaseMs: "the silence after which a run is lost",
  heartbeatMs: "the time between two heartbeats",
};
export const named = (message: string): string =>
  message.replace(/\b(leaseMs|heartbeatMs) \((\d+)(?:, which is [^)]*)?\)/g, (_, name: string, ms: string) => {
    return `${SETTINGS[name]} (${shown(Number(ms), SECONDS)})`;
  });

const MOST = /^must have at most (\d+) characters$/;

/** All that is wrong with one field: what is wrong twice once, by the stricter of both. */
export function wordsFor(errors: readonly FieldError[], { unit, such }: { unit?: Unit; such?: string } = {}): string {
  const most = Math.min(...errors.map(({ message }) => Number(MOST.exec(message)?.[1] ?? Number.POSITIVE_INFINITY)));
  const all = errors.map(({ path, message }) => {
    const [, index] = /\.(\d+)$/.exec(path) ?? [];
    const [, variable] = /^envChanges\.(.+)/.exec(path) ?? [];
    const strict = message.replace(MOST, `must have at most ${most} characters`);
    const ours = named(unit ? inUnit(strict, unit) : strict)
      .replace(/^town (must)/, "$1")
      .replace(/; or must be null.*$/, "")
      .replace(/ or null, and is .*$/, "")
      .replace("my-rig", such ?? "my-rig");
    if (variable !== undefined) return `${variable} ${ours}`;
    return index === undefined ? ours : `the ${nth(Number(index))} ${ours}`;
  });
  const text = [...new Set(all)].join("; ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What names what there is already is a refusal of the name. */
export function atFields(problem: Problem, names: ReadonlySet<string | null>): Problem {
  if (problem.errors.length > 0 || !problem.code.endsWith("_exists") || !names.has("id")) return problem;
  const hint = hintOf(problem.hint) ?? "";
  return withErrors(problem, [{ path: "id", message: `${problem.message} ${hint}`.trim() }]);
}

export const withErrors = ({ code, status, message, hint }: Problem, errors: FieldError[]): Problem =>
  new Problem({ code, status, detail: message, errors, ...(hint !== null && { hint }) });

/** What is filled in with nothing but spaces. Null: there is nothing of the kind. */
export function blankIn(form: HTMLFormElement): Problem | null {
  const errors = [...form.elements].flatMap((element) => {
    const { name, value, required } = element as HTMLInputElement;
    if (!required || !name || value.trim() !== "") return [];
    return [{ path: name, message: name === "why" ? "Say why." : "It takes more than spaces." }];
  });
  return errors.length > 0 ? new Problem({ code: "blank", detail: "Something is blank.", errors }) : null;
}
