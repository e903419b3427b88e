/** What the town says to programs, for who has buttons. */

const REQUEST = /\b(GET|POST|PUT|PATCH|DELETE) /;
const ASIDE = /\s*\([^)]*\)/g;
/** What is said first, and then how a program asks for it. */
const LEADS_TO = /: (GET|POST|PUT|PATCH|DELETE) .*?([.;]?)$/;

/** A hint without the requests that it names: those are buttons here. Null: nothing is left. */
export function hintOf(hint: string | null): string | null {
  const clauses = (hint ?? "")
    .replace(ASIDE, (aside) => (REQUEST.test(aside) ? "" : aside))
    .split(/(?<=[.;])\s+/)
    .map((clause) => clause.replace(LEADS_TO, "$2"))
    .filter((clause) => clause !== "" && !REQUEST.test(clause));
  const text = clauses
    .join(" ")
    .replace(/\bthis request\b/gi, "the button")
    .replace(/\banother id\b/g, "another name")
    .replace(/;$/, ".");
  return text === "" ? null : text.charAt(0).toUpperCase() + text.slice(1);
}
