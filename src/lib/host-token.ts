import { newSerial, readToken, type SigningKey, signToken } from "./signed-token.ts";

/** With what a machine joins. The town keeps its hash, so each can be revoked; strangers are told apart before a town wakes. */
export interface HostClaims {
  town: string;
  host: string;
}

const PREFIX = "tkh_";

/** Made once, and told once. @param serial of a request that may be sent again: it is told the same token then */
export const mintHostToken = (
  keys: [SigningKey, ...SigningKey[]],
  { town, host }: HostClaims,
  serial = newSerial(),
): Promise<string> => signToken(keys, PREFIX, [town, host, serial]);

/** The claims of a token that one of these keys signed, or null. */
export async function readHostToken(keys: readonly SigningKey[], token: string): Promise<HostClaims | null> {
  const signed = (await readToken(keys, PREFIX, token)) as [string, string, string] | null;
  return signed && { town: signed[0], host: signed[1] };
}
