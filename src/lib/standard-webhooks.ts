/**
 * Signatures as Standard Webhooks has them (https://www.standardwebhooks.com). Its library, which would be most of what a webhook adds
 * to the Worker, verifies them in tests (docs/adr/0056).
 */

/** What begins every secret, so that people and scanners know it for one. */
const PREFIX = "whsec_";

/** More than Standard Webhooks asks for at least, and as many as a digest has. */
const SECRET_BYTES = 32;

const encoder = new TextEncoder();
const base64 = (bytes: ArrayBuffer | Uint8Array): string => btoa(String.fromCharCode(...new Uint8Array(bytes)));

/** @param serial of a request that may be sent again: always the same secret for it. Left out: by chance */
export async function newWebhookSecret(serial?: string): Promise<string> {
  if (serial === undefined) return PREFIX + base64(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
  return PREFIX + base64(await crypto.subtle.digest("SHA-256", encoder.encode(`secret ${serial}`)));
}

interface Message {
  id: string;
  body: string;
  /** It is signed with each: while one takes the place of the other, either fits. */
  secrets: readonly string[];
}

/** The headers that tell a receiver which message this is, and that it is ours. */
export async function signedHeaders({ id, body, secrets }: Message, nowMs: number) {
  const seconds = Math.floor(nowMs / 1_000);
  const signed = encoder.encode(`${id}.${seconds}.${body}`);
  const signatures = secrets.map(async (secret) => {
    const bytes = Uint8Array.from(atob(secret.slice(PREFIX.length)), (char) => char.charCodeAt(0));
    const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return `v1,${base64(await crypto.subtle.sign("HMAC", key, signed))}`;
  });
  return {
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": (await Promise.all(signatures)).join(" "),
  };
}
