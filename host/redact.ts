const ours: string[] = [];

/** This host's own token: it has no business in any text, whoever wrote that. */
export function neverShow(secret: string): void {
  if (secret.length >= 8) ours.push(secret);
}

/** Takes credentials out of text that leaves the host: URLs with a user part, bearer headers, and the secrets named. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]+@/gi, "$1***@")
    .replace(/(bearer\s+)[A-Za-z0-9._~+/=-]{8,}/gi, "$1***");
  for (const secret of [...secrets, ...ours]) clean = clean.replaceAll(secret, "***");
  return clean;
}

/** The values of an agent's environment that must not show up in reports. Short values would blot out ordinary words. */
export function secretsIn(env: Record<string, string>): string[] {
  return Object.entries(env)
    .filter(([name, value]) => /TOKEN|KEY|SECRET|PASSW|CREDENTIAL/i.test(name) && value.length >= 8)
    .map(([, value]) => value)
    .sort((a, b) => b.length - a.length); // the longest first: one may hold another
}

/** The end of a text, at most so many characters, fit for JSON and SQLite. */
export function clipEnd(text: string, max: number): string {
  return text.slice(-max).replaceAll("\0", "").toWellFormed();
}

/** The beginning of a text, never empty, at most so many characters. */
export function clipStart(text: string, max: number): string {
  const clean = text.replaceAll("\0", "").trim().toWellFormed() || "no message";
  return clean.length <= max ? clean : `${clean.slice(0, max - 1).toWellFormed()}…`;
}
