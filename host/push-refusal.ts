import { inTheWay, type RefusalKind, type Rule, reasons, words } from "./push-words.ts";
import { redact } from "./redact.ts";

/**
 * Why a push came to nothing. `content`: what is in the branch. `place`: where it was to go, so that no work of any bead would
 * get there. `raced`: the ref is not where this host saw it. `network`: the remote was not heard. `unknown`: it said no, and
 * no rule knows its words.
 */
export type Refusal = {
  kind: RefusalKind | "unknown";
  /** A stable word for the cause, such as `protected` or `too_large`. */
  code: string;
  /** What the remote said, cleaned and short; never empty. */
  words: string;
};

/** A hook may print a book. What comes first says why. */
const charsRead = 16_000;
const lineCharsRead = 500;
const linesShown = 15;
const charsShown = 1_200;

const unheard: Rule = ["network", "unreachable", /^/];
const blocked: Rule = ["place", "branch_blocked", inTheWay];

/**
 * Reads what `git push --porcelain` printed (both streams, C locale) when it failed.
 *
 * @param ref the full name of the ref that was pushed to; what the output says of others does not count
 */
export function readRefusal(output: string, ref: string): Refusal {
  const lines = cleanLines(output);
  const status = lines.map(statusOf).find((found) => found?.to === ref) ?? null;
  const said = lines.filter((line) => !isGitsOwn(line)).map(({ text }) => text);
  const shown = wordsOf(said, status?.reason ?? null);
  if (!status) return refusal(ruleFor(said) ?? unheard, shown);
  // Git calls that a lost race too, but no later push wins it.
  if (said.some((line) => inTheWay.test(line))) return refusal(blocked, shown);
  const known = reasons.find(([, , rule]) => rule.test(status.reason));
  // Git explains this one at length, and what mends it here is said by `mending`.
  if (known?.[1] === "checked_out") return refusal(known, status.reason);
  if (known && known[0] !== "network") return refusal(known, shown);
  // The client alone says "rejected", of what it did not even send: the ref is elsewhere than it knew.
  if (status.verdict === "rejected") return { kind: "raced", code: "raced", words: shown };
  const rule = ruleFor([...said, status.reason]) ?? known;
  if (rule && (rule[0] !== "network" || known)) return refusal(rule, shown);
  // It was reached, and said no: talk of a time-out is then its hook's, and as good as no reason.
  return { kind: "unknown", code: "declined", words: shown };
}

const ruleFor = (said: readonly string[]): Rule | undefined =>
  words.find(([, , rule]) => said.some((line) => rule.test(line)));

const refusal = ([kind, code]: Rule, shown: string): Refusal => ({ kind, code, words: shown });

type Line = { text: string; isRemote: boolean };

/** What was printed, as text: no colours, no control characters, no `remote:`, no credentials. */
function cleanLines(output: string): Line[] {
  return redact(output.slice(0, charsRead))
    .split(/[\r\n]+/)
    .map((line) => plain(line.slice(0, lineCharsRead)))
    .filter(({ text }) => text !== "");
}

const esc = String.fromCharCode(27);
const bell = String.fromCharCode(7);
/** Colours and cursor moves (CSI), titles and links (OSC), and what else begins with an esc. */
const escapes = new RegExp(
  `${esc}(?:\\[[0-9;?]*[ -/]*[@-~]|\\][^${esc}${bell}]*(?:${bell}|${esc}\\\\)?|[@-Z\\\\^_])`,
  "g",
);

function plain(line: string): Line {
  const text = line.replace(escapes, "").replace(/[^\t\P{C}]+/gu, "");
  const isRemote = /^\s*remote:/.test(text);
  return { text: text.replace(/^(?:\s*remote:)+/, "").trim(), isRemote };
}

/** What git says of a ref that was not taken: `!<tab>from:to<tab>[remote rejected] (reason)`. A remote may not say it for git. */
function statusOf({ text, isRemote }: Line): { to: string; verdict: string; reason: string } | null {
  const [mark, refs = "", summary = ""] = text.split("\t");
  const [, verdict, reason = ""] = /^\[([a-z ]+)\](?: \((.*)\))?$/.exec(summary) ?? [];
  if (isRemote || mark !== "!" || verdict === undefined) return null;
  return { to: refs.slice(refs.lastIndexOf(":") + 1), verdict, reason };
}

/** What git prints around the remote's words, here and there. */
const isGitsOwn = ({ text, isRemote }: Line): boolean =>
  isRemote
    ? /^error: hook declined to update /.test(text)
    : /^(?:[!=*+-]\t|To |Done$|hint: |error: failed to push some refs|Everything up-to-date|Pushing to |push: )/.test(
        text,
      );

/** What git says of every hook. */
const isSaidByAll = /^(?:pre-receive )?hook declined$/;

function wordsOf(said: readonly string[], reason: string | null): string {
  const telling = said.filter((line, at) => /[\p{L}\p{N}]/u.test(line) && said.indexOf(line) === at);
  const short = telling.slice(0, linesShown).join("\n");
  const adds = reason && !short.includes(reason) && !(short !== "" && isSaidByAll.test(reason));
  const text = adds ? `${short}\n(${reason})` : short;
  const shown = text.trim() || "it gave no reason";
  return shown.length <= charsShown ? shown : `${shown.slice(0, charsShown - 1).toWellFormed()}…`;
}
