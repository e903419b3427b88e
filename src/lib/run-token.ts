import { readFormerToken, readToken, type SigningKey, signToken } from "./signed-token.ts";

/**
 * With what a run reports. A token names its town, agent, bead and fence; the fence check in the town is what revokes it, so
 * nothing has to be forgotten when a run is superseded. Its end is for those that are never superseded.
 */
export interface RunClaims {
  kind: "run" | "landing";
  town: string;
  /** Null for a landing. */
  agent: string | null;
  bead: string;
  fence: number;
  /** It is worth nothing from then on. Null: it is of the former shape, which had no end. */
  expiresAtMs: number | null;
}

const PREFIX = "tkr_";
/** A last word may be late: its host was off overnight, say. What is later was given up long ago. */
const MARGIN_MS = 24 * 3_600_000;

type Signed = [RunClaims["kind"], string, string | null, string, number, number];

/** @param limits how long the run may take, and be silent; its token outlives that by a day */
export function mintRunToken(
  keys: [SigningKey, ...SigningKey[]],
  { kind, town, agent, bead, fence }: Omit<RunClaims, "expiresAtMs">,
  limits: { nowMs: number; leaseMs: number; maxMs: number },
): Promise<string> {
  const expiresAtMs = limits.nowMs + limits.leaseMs + limits.maxMs + MARGIN_MS;
  return signToken(keys, PREFIX, [kind, town, agent, bead, fence, expiresAtMs] satisfies Signed);
}

/** The claims of a token that one of these keys signed; null: none did. Whether it is still good is for the caller to see. */
export async function readRunToken(keys: readonly SigningKey[], token: string): Promise<RunClaims | null> {
  const signed = (await readToken(keys, PREFIX, token)) as Signed | null;
  if (!signed) return readFormer(keys, token);
  const [kind, town, agent, bead, fence, expiresAtMs] = signed;
  return { kind, town, agent, bead, fence, expiresAtMs };
}

/** Runs that began before an upgrade report to their end. Replacing the single key ends what is left of these. */
async function readFormer(keys: readonly SigningKey[], token: string): Promise<RunClaims | null> {
  const former = (await readFormerToken(keys, PREFIX, token)) as [string, string | null, string, number] | null;
  if (!former) return null;
  const [town, agent, bead, fence] = former;
  return { kind: agent === null ? "landing" : "run", town, agent, bead, fence, expiresAtMs: null };
}
