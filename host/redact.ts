import { beginsInKey, keySpans, type Span, tokenSpans, without } from "./secret-shapes.ts";

/** What is shorter would blot out ordinary words. */
const leastChars = 8;

/** Values that have no business in any text, by any writer, and how many asked for it. */
const registered = new Map<string, number>();

/**
 * From now on these values are in no text that leaves the host: its own token, those of its runs, what their environments hold.
 *
 * @returns takes that back
 */
export function neverShow(...values: string[]): () => void {
  const all = values.flatMap(spellings);
  for (const value of all) registered.set(value, (registered.get(value) ?? 0) + 1);
  return () => {
    for (const value of all.splice(0)) {
      const left = (registered.get(value) ?? 0) - 1;
      if (left > 0) registered.set(value, left);
      else registered.delete(value);
    }
  };
}

/** As a value turns up: each line of it by itself, since output is read by lines; and as URLs and JSON spell it. */
function spellings(value: string): string[] {
  const lines = value.split(/[\r\n]+/).map((line) => line.trim());
  const all = lines.flatMap((line) => [
    line,
    encodeURIComponent(line.toWellFormed()),
    JSON.stringify(line).slice(1, -1),
  ]);
  return [...new Set(all)].filter((each) => each.length >= leastChars);
}

/** Where the secrets of a text stand: what is registered, the values named, tokens of known shapes; private keys apart. */
export function secretSpans(text: string, secrets: readonly string[] = []): Span[] {
  const spans = tokenSpans(text);
  for (const values of [secrets, registered.keys()])
    for (const value of values)
      for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length))
        spans.push([at, at + value.length]);
  return spans;
}

/** The length of the longest value that is known. */
export const longestKnown = (secrets: readonly string[]): number =>
  Math.max(0, ...[secrets, registered.keys()].flatMap((values) => [...values].map(({ length }) => length)));

/** Takes credentials out of text that leaves the host. Linear in its length. */
export function redact(text: string, secrets: readonly string[] = []): string {
  return without(text, [...secretSpans(text, secrets), ...keySpans(text, beginsInKey(text)).spans]);
}

/**
 * How much of a line that still grows may be shown: up to its last word, and not the beginning of a value that has blanks in
 * it. Half a secret is not recognised.
 */
export function settledEnd(line: string, secrets: readonly string[] = []): number {
  const least = Math.max(0, line.length - growingChars);
  let end = line.length;
  while (end > least && !/\s/.test(line.charAt(end - 1))) end--;
  return Math.min(end, openEnd(line, secrets));
}

/** The beginning of a longer word is shown. */
const growingChars = 4_000;

/** Where the text's end may be the beginning of a known value; its length if that is nowhere. */
export function openEnd(text: string, secrets: readonly string[] = []): number {
  let end = text.length;
  for (const values of [secrets, registered.keys()])
    for (const value of values) {
      const [first = ""] = value;
      let at = text.indexOf(first, Math.max(0, text.length - value.length + 1));
      for (; at >= 0 && at < end; at = text.indexOf(first, at + 1)) if (value.startsWith(text.slice(at))) end = at;
    }
  return end;
}

/**
 * The beginning of a text without secrets, at most so many characters: what is cut off is not looked through, and no half of
 * a secret stays before the cut.
 */
export function redactStart(text: string, max: number, secrets: readonly string[] = []): string {
  const part = text.slice(0, max + cutChars);
  const end = part.length < text.length ? openEnd(part, secrets) : part.length;
  return clipStart(redact(part.slice(0, end), secrets), max);
}

/** Looked at beyond what is shown: no token is longer. */
const cutChars = 4_000;

/** The end of a text without secrets, by whole lines where it is cut. */
export function redactEnd(text: string, max: number, secrets: readonly string[] = []): string {
  const part = text.slice(-max);
  return redact(part.length < text.length ? part.slice(part.indexOf("\n") + 1) : part, secrets);
}

/** The values of an environment that must not show up in reports. */
export function secretsIn(env: Record<string, string | undefined>): string[] {
  return Object.entries(env)
    .flatMap(([name, value = ""]) => (isSecret(name) ? [value] : (URL.parse(value)?.password ?? [])))
    .filter((value) => value.length >= leastChars);
}

const isSecret = (name: string): boolean =>
  /TOKEN|KEY|SECRET|PASSW|PASSPHRASE|CREDENTIAL|_(PASS|PWD|PAT|AUTH|COOKIE|DSN)$/i.test(name) &&
  !/_(FILE|PATH|DIR|SOCK)$/i.test(name);

/** The end of a text, at most so many characters, fit for JSON and SQLite. */
export function clipEnd(text: string, max: number): string {
  return text.slice(-max).replaceAll("\0", "").toWellFormed();
}

/** The beginning of a text, never empty, at most so many characters. */
function clipStart(text: string, max: number): string {
  const clean =
    text
      .trimStart()
      .slice(0, 2 * max)
      .replaceAll("\0", "")
      .trim()
      .toWellFormed() || "no message";
  return clean.length <= max ? clean : `${clean.slice(0, max - 1).toWellFormed()}…`;
}
