/**
 * Tokens with which a run reports: signed, not stored. A token names its town, agent, bead and fence; the fence check in
 * the town is what revokes it, so nothing has to be forgotten or rotated when a run is superseded.
 */
export interface RunClaims {
  town: string;
  /** Null for a landing. */
  agent: string | null;
  bead: string;
  fence: number;
}

const PREFIX = "tkr_";
const encoder = new TextEncoder();

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (char) => char.charCodeAt(0));
}

let imported: { secret: string; key: Promise<CryptoKey> } | undefined;

/** There is one secret, and every report is signed with it: its key is imported once. */
function hmacKey(secret: string): Promise<CryptoKey> {
  if (imported?.secret !== secret) {
    const use = { name: "HMAC", hash: "SHA-256" };
    imported = { secret, key: crypto.subtle.importKey("raw", encoder.encode(secret), use, false, ["sign", "verify"]) };
  }
  return imported.key;
}

export async function mintRunToken(secret: string, claims: RunClaims): Promise<string> {
  const body = encoder.encode(JSON.stringify([claims.town, claims.agent, claims.bead, claims.fence]));
  const signature = await crypto.subtle.sign("HMAC", await hmacKey(secret), body);
  return `${PREFIX}${base64url(body)}.${base64url(new Uint8Array(signature))}`;
}

/** The claims of a token that this secret signed, or null. Verification is constant-time. */
export async function readRunToken(secret: string, token: string): Promise<RunClaims | null> {
  const [body, signature, rest] = token.slice(PREFIX.length).split(".");
  if (!token.startsWith(PREFIX) || !body || !signature || rest !== undefined) return null;
  try {
    const bytes = fromBase64url(body);
    if (!(await crypto.subtle.verify("HMAC", await hmacKey(secret), fromBase64url(signature), bytes))) return null;
    const [town, agent, bead, fence] = JSON.parse(new TextDecoder().decode(bytes)) as [
      string,
      string | null,
      string,
      number,
    ];
    return { town, agent, bead, fence };
  } catch {
    return null; // not base64, not JSON: not ours
  }
}

export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A token that is made once, and told once. */
export const mintToken = (prefix: string): string =>
  `${prefix}${base64url(crypto.getRandomValues(new Uint8Array(32)))}`;

/** Compares two secrets without telling by time how much of them agrees: their digests are compared, all bytes always. */
export async function sameSecret(a: string, b: string): Promise<boolean> {
  const [x, y] = await Promise.all([a, b].map((text) => crypto.subtle.digest("SHA-256", encoder.encode(text))));
  const left = new Uint8Array(x as ArrayBuffer);
  const right = new Uint8Array(y as ArrayBuffer);
  return left.reduce((difference, byte, index) => difference | (byte ^ (right[index] as number)), 0) === 0;
}
