/** What one look of a preflight found. */
export type Finding = { ok: boolean; detail: string; hint: string | null; code?: string };

export const well = (detail: string): Finding => ({ ok: true, detail, hint: null });
export const ill = (detail: string, hint: string, code?: string): Finding => ({
  ...{ ok: false, detail, hint },
  ...(code !== undefined && { code }),
});

/** The finding in a text that says what is wrong, and how to mend it in its last line, or in what follows its first sentence. */
export function illAsSaid(text: string, code?: string): Finding {
  const line = text.lastIndexOf("\n");
  if (line > 0) return ill(text.slice(0, line), text.slice(line + 1), code);
  const end = text.indexOf(". ") + 1;
  return end === 0 ? ill(text, "Mend what it names.", code) : ill(text.slice(0, end), text.slice(end).trim(), code);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
