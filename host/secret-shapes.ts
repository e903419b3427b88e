/**
 * Where in a text credentials stand that can be told by their looks. Linear in the text's length, for any text: agents write
 * what is looked through here. So every quantifier of an expression is bounded; what may be of any length is walked through by
 * hand, to an end that no other walk begins before.
 */

/** From and to, as `slice` takes them. */
export type Span = readonly [from: number, to: number];

/** Which of the first 128 characters these are. */
const setOf = (members: RegExp): Uint8Array =>
  Uint8Array.from({ length: 128 }, (_, code) => (members.test(String.fromCharCode(code)) ? 1 : 0));

/** What tokens are made of, and what is at least as long as one. */
const IN_TOKEN = setOf(/[A-Za-z0-9_.~+/=-]/);
const leastRun = 12;

/** What ends the user part of a URL, and a value that stands in text, in a header or in a query. */
const ENDS_USER = setOf(/[/\s"<>`\\]/);
const ENDS_VALUE = setOf(/[\s"',;]/);
const ENDS_QUERY = setOf(/[&\s"'<>#]/);

/** Where a walk from here ends: at the first character whose being in the set is this. */
function walk(text: string, from: number, set: Uint8Array, until: 0 | 1): number {
  let at = from;
  while (at < text.length && (set[text.charCodeAt(at)] ?? 0) !== until) at++;
  return at;
}

/**
 * How known tokens begin, with as much of them as none does without. Each has a length of its own, so that a try costs the
 * same everywhere.
 */
const DISTINCT = [
  "gh[pousr]_[A-Za-z0-9]{16}", // GitHub
  "github_pat_[A-Za-z0-9_]{16}",
  "gl(?:pat|dt|rt|ptt|cbt|soat|ft|agent)-[\\w-]{16}", // GitLab
  "[srp]k_(?:live|test)_[A-Za-z0-9]{12}", // Stripe
  "whsec_[A-Za-z0-9]{16}",
  "A(?:KI|SI)A[A-Z0-9]{12}", // AWS
  "AIza[\\w-]{30}", // Google
  "ya29\\.[\\w-]{16}",
  "xox[abeoprs]-[\\w-]{10}", // Slack
  "xapp-\\d-[\\w-]{10}",
  "npm_[A-Za-z0-9]{30}",
  "pypi-[\\w-]{30}",
  "hf_[A-Za-z0-9]{24}",
  "dop_v1_[a-f0-9]{30}",
  "eyJ(?=[\\w-]{8})", // a JWT, if a dot follows
];

/** These are the ends of words too, such as of `task-`: they count where a word begins, or behind what was `\n` or `%3D`. */
const AT_WORDS = [
  "sk-[\\w-]{16}", // OpenAI, Anthropic and many others
  "tk[a-z]?_[\\w.-]{16}", // our own
];

const TOKEN = new RegExp(
  `${DISTINCT.join("|")}|(?:(?<![A-Za-z0-9])|(?<=^[nrt])|(?<=^[0-9A-F]{2}))(?:${AT_WORDS.join("|")})`,
  "g",
);

/** Names that say what stands behind them, with the beginning of that, which is the group; and what ends it. */
const NAMED: [name: RegExp, ends: Uint8Array][] = [
  [/\bauthorization["']?\s{0,9}[:=]\s{0,9}["']?(?:[a-z-]{1,20}\s{1,9})?([^\s"',;]{4})/gi, ENDS_VALUE],
  [/\bbearer\s{1,9}["']?([\w.~+/=-]{8})/gi, ENDS_VALUE],
  [
    /\b(?:x-api-key|api-key|private-token|x-auth-token|x-goog-api-key)["']?\s{0,9}[:=]\s{0,9}["']?([^\s"',;]{8})/gi,
    ENDS_VALUE,
  ],
  [/[?&][\w.-]{0,40}(?:token|key|secret|passw(?:or)?d|signature)=([^&\s"'<>#]{4})/gi, ENDS_QUERY],
];

const PEM_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const PEM_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

/** Every credential of a known shape, private keys apart; in no order. */
export function tokenSpans(text: string): Span[] {
  return [...runSpans(text), ...userSpans(text), ...NAMED.flatMap(([name, ends]) => namedSpans(text, name, ends))];
}

function runSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (let from = walk(text, 0, IN_TOKEN, 1); from < text.length; ) {
    const to = walk(text, from, IN_TOKEN, 0);
    const at = to - from < leastRun ? -1 : tokenIn(text.slice(from, to));
    if (at >= 0) spans.push([from + at, to]);
    from = walk(text, to, IN_TOKEN, 1);
  }
  return spans;
}

function userSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (let at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at + 3)) {
    const user = text.slice(at + 3, walk(text, at + 3, ENDS_USER, 1)).lastIndexOf("@");
    if (user > 0) spans.push([at + 3, at + 3 + user]);
  }
  return spans;
}

function namedSpans(text: string, name: RegExp, ends: Uint8Array): Span[] {
  const spans: Span[] = [];
  name.lastIndex = 0;
  for (let found = name.exec(text); found; found = name.exec(text)) {
    const from = name.lastIndex - (found[1]?.length ?? 0);
    name.lastIndex = walk(text, name.lastIndex, ends, 1);
    spans.push([from, name.lastIndex]);
  }
  return spans;
}

/** Where in a run of token characters a token begins, or -1. */
function tokenIn(run: string): number {
  const lastDot = run.lastIndexOf(".");
  for (const { 0: begins, index } of run.matchAll(TOKEN))
    if (!begins.startsWith("eyJ") || lastDot >= index + begins.length) return index;
  return -1;
}

/**
 * Private keys in a text.
 *
 * @param inside the text begins within one
 * @returns the keys, and whether the text ends within one
 */
export function keySpans(text: string, inside: boolean): { spans: Span[]; inside: boolean } {
  const spans: Span[] = [];
  let from = inside ? 0 : -1;
  let at = 0;
  for (;;) {
    if (from < 0) {
      PEM_BEGIN.lastIndex = at;
      const begin = PEM_BEGIN.exec(text);
      if (!begin) return { spans, inside: false };
      from = begin.index;
    }
    PEM_END.lastIndex = Math.max(from, at);
    const end = PEM_END.exec(text);
    if (!end) {
      spans.push([from, text.length]);
      return { spans, inside: true };
    }
    at = end.index + end[0].length;
    spans.push([from, at]);
    from = -1;
  }
}

/** Whether a text is cut out of something longer, within a private key: that ends in it and has not begun. */
export function beginsInKey(text: string): boolean {
  const end = text.search(PEM_END);
  const begin = text.search(PEM_BEGIN);
  return end >= 0 && (begin < 0 || begin > end);
}

/** A part of the text without what the spans cover, which may overlap. What began before that part was shown already. */
export function without(text: string, spans: readonly Span[], from = 0, to = text.length): string {
  let clean = "";
  let at = from;
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (end <= at || start >= to) continue;
    if (start >= at) clean += `${text.slice(at, start)}***`;
    at = end;
  }
  return at < to ? clean + text.slice(at, to) : clean;
}
