/** What one look of a preflight found. */
export type Finding = { ok: boolean; detail: string; hint: string | null };

export const well = (detail: string): Finding => ({ ok: true, detail, hint: null });
export const ill = (detail: string, hint: string): Finding => ({ ok: false, detail, hint });

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
