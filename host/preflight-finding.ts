/** What one look of a preflight found. */
export type Finding = { ok: boolean; detail: string; hint: string | null };

export const well = (detail: string): Finding => ({ ok: true, detail, hint: null });
export const ill = (detail: string, hint: string): Finding => ({ ok: false, detail, hint });

/** Of a text that says what is wrong in its first sentence, and how to mend it in those after it. */
export function illAsSaid(text: string): Finding {
  const end = text.indexOf(". ") + 1;
  return end === 0 ? ill(text, "Mend what it names.") : ill(text.slice(0, end), text.slice(end).trim());
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
