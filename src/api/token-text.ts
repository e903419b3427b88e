/**
 * How a token of a person or a program is written: `tk_`, its id, an underscore, its secret, and a checksum of all that, so that one
 * which was cut or mistyped is told from a wrong one before anybody is asked.
 */
import { newSerial, type SigningKey, serialFrom } from "../lib/signed-token.ts";

const TOKEN = /^(tk_([0-9a-z]{12})_[\w-]{44})([0-9a-z]{7})$/;
export const TOKEN_PREFIX = "tk_";

/** The id of a token that is whole; null: it is none. */
export function idOf(token: string): string | null {
  const [, text, id, sum] = TOKEN.exec(token) ?? [];
  return text !== undefined && id !== undefined && sum === checksum(text) ? id : null;
}

/** Two texts of 22 characters each, which nobody guesses. */
const chance = (): [string, string] => [newSerial(), newSerial()];

/** The same for one request, however often it is sent. */
const derived = async (keys: [SigningKey, ...SigningKey[]], request: string): Promise<[string, string]> => [
  await serialFrom(keys, `token ${request}`),
  await serialFrom(keys, `secret ${request}`),
];

/** @param again what tells a request that may be sent again from others; null: it is made anew each time */
export async function newToken(
  keys: () => [SigningKey, ...SigningKey[]],
  again: string | null,
  id?: string,
): Promise<{ id: string; token: string }> {
  const secret = again === null ? chance() : await derived(keys(), again);
  const of = id ?? (again === null ? letters(newSerial()) : letters(await serialFrom(keys(), `id ${again}`)));
  const text = `${TOKEN_PREFIX}${of}_${secret.join("")}`;
  return { id: of, token: `${text}${checksum(text)}` };
}

/** Twelve small letters and digits out of a serial. */
const letters = (serial: string): string =>
  [...serial]
    .slice(0, 12)
    .map((char) => (char.charCodeAt(0) % 36).toString(36))
    .join("");

/** CRC-32, in base 36. */
function checksum(text: string): string {
  let crc = -1;
  for (let index = 0; index < text.length; index++) {
    crc ^= text.charCodeAt(index);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ((crc ^ -1) >>> 0).toString(36).padStart(7, "0");
}
