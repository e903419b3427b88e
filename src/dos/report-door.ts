/** What runs have to say is heard by these checks, whichever way it comes: over HTTP, or through the socket of a joined host. */
import { cantSay } from "../events/report-event.ts";
import { type Problem, refusal } from "../lib/guard.ts";
import { parse } from "../lib/read-body.ts";
import { type RunClaims, readRunToken } from "../lib/run-token.ts";
import { signingKeys } from "../lib/signed-token.ts";
import { type ReportsRequest, reportsRequest, spokenBy, type Verdict } from "../protocol/reports.ts";
import type { Env } from "./env.ts";
import { type Result, triedLater } from "./result.ts";

/** Fifty reports with the longest texts there are, but for the rarest characters. */
export const MAX_REPORTS_BYTES = 512 * 1024;

export type Verdicts = { seq: number; verdict: Verdict }[];

interface Said {
  /** Where it was said. */
  town: string;
  token: string;
  /** Read once it is known who speaks. */
  body(): Promise<unknown>;
}

/** @param report the town that hears it: it is not asked before it is known who speaks */
export async function hearReports(
  env: Env,
  said: Said,
  report: (request: ReportsRequest) => Promise<Result<Verdicts>>,
): Promise<Result<Verdicts>> {
  const asked = await triedLater(() => readReports(env, said));
  return asked.ok ? report(asked.value) : asked;
}

/** 409, beside the verdicts. Null: something of it counted, or will. */
export const allFenced = (verdicts: Verdicts): Problem | null =>
  verdicts.some(({ verdict }) => verdict !== "fenced")
    ? null
    : {
        status: 409,
        code: "fenced",
        detail: "A newer attempt holds this bead, or it is over.",
        hint: "Kill the run and keep nothing of it.",
      };

async function readReports(env: Env, { town, token, body }: Said): Promise<ReportsRequest> {
  const claims = await claimsOf(env, town, token);
  const request = parse(reportsRequest, await body());
  for (const { agent, bead, fence, kind } of request.reports) {
    if ((spokenBy[kind] ?? claims.kind) !== claims.kind) throw cantSay(claims.kind, kind);
    if (agent !== claims.agent || bead !== claims.bead || fence !== claims.fence)
      throw refusal(
        403,
        "wrong_run",
        "This run token is for another agent, bead or fence.",
        "Report each run with its own token.",
      );
  }
  return request;
}

/**
 * A run reports as itself: its token names its town, agent, bead and fence, and speaks for nothing else.
 *
 * @throws Refusal 401, 403
 */
export async function claimsOf(env: Env, town: string, token: string): Promise<RunClaims> {
  const claims = await readRunToken(signingKeys(env), token);
  if (!claims)
    throw refusal(
      401,
      "unauthenticated",
      "The run token is missing or wrong.",
      "Report with the token of the start request.",
    );
  if (claims.town !== town)
    throw refusal(403, "wrong_town", "This run token is for another town.", "Report to the URL of the start request.");
  if (claims.expiresAtMs === null || claims.expiresAtMs > Date.now()) return claims;
  throw refusal(
    401,
    "token_expired",
    "This run's time, and a day more, is over.",
    "Keep nothing of it: the town gave it up.",
  );
}
