import { createHash, timingSafeEqual } from "node:crypto";

/** Whether an Authorization header carries this bearer token. Compares digests, so neither content nor length shows in the time. */
export function bearerMatches(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(header ?? "")?.[1] ?? "";
  return timingSafeEqual(digest(given), digest(token)) && given !== "";
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
