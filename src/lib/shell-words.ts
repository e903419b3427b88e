/** What only a shell understands, outside of quotes and within double ones. */
const SHELL = /[|&;<>()$`\\"'*?~#\n]/;
const IN_DOUBLE = /[$`\\!]/;
/** A variable for this command alone. */
const ASSIGNED = /^[A-Za-z_]\w*=/;

/** A part of a word: bare, or in quotes of either kind. */
const PART = /'([^']*)'|"([^"]*)"|([^\s'"]+)|(\s+)/y;

/** The words of a command that was given as one text. What needs a shell for it gets one. */
export const wordsOf = (text: string): string[] => plainWords(text.trim()) ?? ["sh", "-c", text];

/** Null: a shell must read it. */
function plainWords(text: string): string[] | null {
  if (ASSIGNED.test(text)) return null;
  const words: string[] = [];
  let isWithin = false;
  for (PART.lastIndex = 0; PART.lastIndex < text.length; ) {
    const part = PART.exec(text);
    if (part === null) return null;
    const [, single, double, bare, gap] = part;
    if (bare !== undefined ? SHELL.test(bare) : IN_DOUBLE.test(double ?? "")) return null;
    const said = single ?? double ?? bare ?? "";
    if (gap === undefined && isWithin) words.push(`${words.pop()}${said}`);
    else if (gap === undefined) words.push(said);
    isWithin = gap === undefined;
  }
  return words;
}

/** What a shell passes over, and quotes, which must end. Within single ones nothing is escaped. */
const SPAN = /\\.|(?<![^\s;&|()])#[^\n]*|'[^']*'|"(?:\\.|[^"\\])*"|(['"])|./gsy;

/** The quote in a command that is begun and not ended, or null: no shell takes such a text. Here-documents are the shell's to judge. */
function unclosedQuote(text: string): { quote: "'" | '"'; from: string } | null {
  if (text.includes("<<")) return null;
  for (const { 1: quote, index } of text.matchAll(SPAN))
    if (quote !== undefined) return { quote: quote as "'" | '"', from: text.slice(index, index + 30) };
  return null;
}

/** What is wrong with a command that was typed as one text, as a sentence; null: nothing that can be seen. */
export function faultOfCommand(text: string): string | null {
  const open = unclosedQuote(text);
  if (open === null) return null;
  const kind = open.quote === "'" ? "single" : "double";
  return `the ${kind} quote that begins at ${open.from} is not closed`;
}

/** A word as a shell takes it. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** One text that a shell would take for these words. */
export const commandLine = (words: readonly string[]): string => words.map(quoted).join(" ");
