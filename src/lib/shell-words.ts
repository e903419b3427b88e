/** What only a shell understands. */
const SHELL = /[|&;<>()$`\\"'*?~#\n]/;

/** The words of a command that was given as one text. What needs a shell for it gets one. */
export function wordsOf(text: string): string[] {
  return SHELL.test(text) ? ["sh", "-c", text] : text.trim().split(/\s+/);
}
