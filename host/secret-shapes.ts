/**
 * Where in a text credentials stand that can be told by their looks. Linear in the text's length, whatever it is: agents write
 * what is looked through here. So every quantifier is bounded, or runs to an end that no other match begins before.
 */

/** From and to, as `slice` takes them. */
export type Span = readonly [from: number, to: number];

/** Runs of characters that tokens are made of: no two overlap, and each is looked at once. */
const RUN = /[A-Za-z0-9_.~+/=-]{12,}/g;

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

/** The user part of a URL. What may not stand in there ends it, so that no two scans overlap. */
const USER_PART = /(?<=:\/\/)[^/\s"<>`\\]+(?=@)/g;

/** Values behind a name that says what they are: the group, which ends the match. */
const NAMED = [
  /\bauthorization["']?\s{0,9}[:=]\s{0,9}["']?(?:[a-z-]{1,20}\s{1,9})?([^\s"',;]{4,})/gi,
  /\bbearer\s{1,9}["']?([\w.~+/=-]{8,})/gi,
  /\b(?:x-api-key|api-key|private-token|x-auth-token|x-goog-api-key)["']?\s{0,9}[:=]\s{0,9}["']?([^\s"',;]{8,})/gi,
  /[?&][\w.-]{0,40}(?:token|key|secret|passw(?:or)?d|signature)=([^&\s"'<>#]{4,})/gi,
];

const PEM_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const PEM_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

/** Every credential of a known shape, private keys apart; in no order. */
export function tokenSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (const { 0: run, index } of text.matchAll(RUN)) {
    const from = tokenIn(run);
    if (from >= 0) spans.push([index + from, index + run.length]);
  }
  for (const { 0: user, index } of text.matchAll(USER_PART)) spans.push([index, index + user.length]);
  for (const shape of NAMED)
    for (const { 0: all, 1: value = "", index } of text.matchAll(shape))
      spans.push([index + all.length - value.length, index + all.length]);
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
