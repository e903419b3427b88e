import { remembered } from "./remembered.ts";

const encoder = new TextEncoder();

export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const digestOf = async (text: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));

/** Of the secrets of a server, of which there are few. */
const digestOfOurs = remembered(digestOf);

/**
 * Compares two secrets without telling by time how much of them agrees: their digests are compared, all bytes always.
 *
 * @param ours its digest is remembered
 */
export async function sameSecret(given: string, ours: string): Promise<boolean> {
  const [left, right] = await Promise.all([digestOf(given), digestOfOurs(ours)]);
  let difference = 0;
  for (let index = 0; index < left.length; index++) difference |= (left[index] as number) ^ (right[index] as number);
  return difference === 0;
}
