/** What stands in a diff, made fit for people: paths as git quotes them, nothing that commands a terminal or hides, no secrets. Pure. */
import { secretSpans } from "./redact.ts";
import { beginsInKey, keySpans, type Span } from "./secret-shapes.ts";

/** As git prints bytes here: one letter for each. */
export const fromBytes = (latin1: string): string => Buffer.from(latin1, "latin1").toString("utf8");

const NAMED: Readonly<Record<string, string>> = {
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};

/** Letters that are not what they look like, or that are not seen. */
const UNSEEN = /[\p{Cc}\p{Bidi_Control}\p{Cf}\u2028\u2029\ufffd]/u;

/**
 * A path as git's own output has it: plain, or in quotes with escapes where it holds control characters, quotes, backslashes, or
 * bytes that are no text. Letters of any language stand as they are.
 *
 * @param latin1 its bytes, one letter each
 */
export function quotedPath(latin1: string): string {
  const text = fromBytes(latin1);
  if (!UNSEEN.test(text) && !/["\\]/.test(text)) return text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const escaped = latin1.replace(/[\u0000-\u001f"\\\u007f-\u00ff]/g, (byte) => NAMED[byte] ?? octal(byte));
  return `"${escaped}"`;
}

const octal = (byte: string): string => `\\${byte.charCodeAt(0).toString(8).padStart(3, "0")}`;

/** Cut at its beginning, where it is too long: its end tells more. */
export const clippedPath = (path: string, max: number): string =>
  path.length <= max ? path : `…${path.slice(1 - max).toWellFormed()}`;

/**
 * Text of which nothing is unseen: a control character stands as its picture, and a letter that turns the writing around, or has no
 * width, as its number. So no line shows other than what a compiler reads.
 */
export const visible = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Bidi_Control}\u200b-\u200d\u2060\ufeff\u2028\u2029]/gu, (letter) =>
      letter === "\n" || letter === "\t" ? letter : pictureOf(letter.codePointAt(0) ?? 0),
    );

function pictureOf(code: number): string {
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "␡" : `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/** A patch without secrets. Its lines stay as many, each with its sign: a key that fills a dozen is hidden in each of them. */
function withoutSecrets(patch: string): string {
  const spans = [...secretSpans(patch), ...keySpans(patch, beginsInKey(patch)).spans].sort((a, b) => a[0] - b[0]);
  let clean = "";
  let at = 0;
  for (const [from, to] of spans) {
    if (to <= at) continue;
    const start = Math.max(from, at);
    clean += patch.slice(at, start) + hidden(patch, [start, to]);
    at = to;
  }
  return clean + patch.slice(at);
}

/** Each line of it as `***`, behind the sign that it begins with. */
const hidden = (patch: string, [from, to]: Span): string =>
  patch
    .slice(from, to)
    .split("\n")
    .map((line, at) => (at === 0 ? "***" : `${/^[-+ \\]/.test(line) ? line[0] : ""}***`))
    .join("\n");

export interface Bounds {
  /** As it stands in JSON. */
  bytes: number;
  lines: number;
  lineChars: number;
}

/** Looked through beyond what is shown: no token is longer, and a private key that goes on is hidden up to there. */
const MARGIN_CHARS = 24_000;
const TOKEN_CHARS = 4_000;

/** As much of a patch as fits, without secrets, all of it to be seen. What is far beyond that is not looked through: it is not shown. */
export function shownPatch(patch: string, bounds: Bounds): ReturnType<typeof cutToFit> {
  const long = bounds.lineChars + TOKEN_CHARS;
  const most = bounds.bytes + MARGIN_CHARS;
  const short = patch
    .split("\n")
    .map((line) => line.slice(0, long))
    .join("\n");
  // Each character takes a byte at least.
  const clean = visible(withoutSecrets(short.slice(0, most)));
  if (short.length <= most) return cutToFit(clean, bounds);
  // So much may have been taken out that the end comes into view, which may be half of a secret.
  const settled = clean.slice(0, Math.max(0, clean.length - TOKEN_CHARS));
  const lines = settled.slice(0, settled.lastIndexOf("\n") + 1).replace(/\n$/, "");
  return { ...cutToFit(lines, bounds), isCut: true };
}

/** As many whole lines as fit. @returns and whether that is less than all */
function cutToFit(patch: string, { bytes, lines, lineChars }: Bounds): { text: string; isCut: boolean; bytes: number } {
  const all = patch.split("\n");
  const kept: string[] = [];
  let used = 2;
  let isCut = false;
  for (const line of all.slice(0, lines)) {
    const isLong = line.length > lineChars;
    const shown = isLong ? `${line.slice(0, lineChars).toWellFormed()}… [the line goes on]` : line;
    const size = bytesOf(shown);
    if (used + size > bytes) break;
    used += size;
    isCut ||= isLong;
    kept.push(shown);
  }
  return { text: kept.join("\n"), isCut: isCut || kept.length < all.length, bytes: used };
}

/** In JSON: the quotes of one text alone are as long as the end of a line within a longer one. */
const bytesOf = (line: string): number => Buffer.byteLength(JSON.stringify(line));
