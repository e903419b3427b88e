/**
 * People whom Cloudflare Access has signed in. It stands before the Worker and says with each request who asks, in a JWT; here that is
 * verified (issuer, audience, key, time), and `ACCESS_PEOPLE` says what each may do. docs/access.md has how it is set up.
 */
import type { Context } from "hono";
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import { z } from "zod";
import type { Env } from "../dos/env.ts";
import { Refusal, refusal } from "../lib/guard.ts";
import "../lib/input-words.ts";
import { jsonOf } from "../lib/json.ts";
import { PRESETS } from "../lib/scopes.ts";
import { clip, ended, messageOf } from "../lib/text.ts";
import { slug } from "../protocol/common.ts";
import type { Identity } from "./identity.ts";

const HEADER = "cf-access-jwt-assertion";

const word = z.string().trim().min(1).max(200);

const personSchema = z
  .strictObject({
    email: z.email().optional(),
    /** All with an address there. */
    domain: word.optional(),
    /** As the identity provider names it, where Access passes its groups on. */
    group: word.optional(),
    /** A service token, by its client id. */
    service: word.optional(),
    preset: z.enum(Object.keys(PRESETS) as (keyof typeof PRESETS)[]),
    towns: z.array(slug).min(1).max(100).optional(),
  })
  .refine(
    ({ email, domain, group, service }) =>
      [email, domain, group, service].filter((each) => each !== undefined).length === 1,
    "give one of email, domain, group and service",
  );

const settingsSchema = z.object({
  ACCESS_TEAM: z
    .url({ protocol: /^https$/ })
    .transform((url) => new URL(url).origin)
    .describe("https://YOUR-TEAM.cloudflareaccess.com"),
  ACCESS_AUDIENCE: z
    .string()
    .transform((text) =>
      text
        .split(",")
        .map((one) => one.trim())
        .filter(Boolean),
    )
    .refine((audiences) => audiences.length > 0, "name the application's audience tag"),
  ACCESS_PEOPLE: z
    .string()
    .transform((text) => jsonOf(text))
    .pipe(z.array(personSchema).min(1).max(1_000)),
});
type Settings = z.output<typeof settingsSchema>;

const claimsSchema = z.object({
  sub: z.string().default(""),
  exp: z.number(),
  email: z.string().optional(),
  /** Of a service token its client id. */
  common_name: z.string().optional(),
  custom: z.object({ groups: z.array(z.string()).optional() }).optional(),
});
type Claims = z.output<typeof claimsSchema>;

/**
 * Null: nobody has come this way.
 *
 * @throws Refusal 401, 403, 503
 */
export async function personBehind(c: Context<{ Bindings: Env }>): Promise<Identity | null> {
  const assertion = c.req.header(HEADER);
  if (assertion === undefined || !c.env.ACCESS_TEAM) return null;
  const settings = settingsOf(c.env);
  const claims = await verified(settings, assertion);
  refuseOtherSites(c);
  const { email, common_name: service } = claims;
  const person = settings.ACCESS_PEOPLE.find((one) => isMeant(one, claims));
  const name = clip(email ?? service ?? claims.sub, MAX_NAME);
  if (!person)
    throw refusal(
      403,
      "not_admitted",
      `${name} is let in by Cloudflare Access, and may do nothing here.`,
      "Whoever runs this server names you, your domain or your group in ACCESS_PEOPLE: docs/access.md.",
    );
  return {
    actor: { type: "person", id: `access:${clip(claims.sub || name, MAX_NAME)}`, name },
    scopes: PRESETS[person.preset],
    towns: person.towns ?? "*",
    expiresAtMs: claims.exp * 1_000,
    isSession: false,
  };
}

const MAX_NAME = 200;

/** What they said last, and what that came to. */
let known: { text: string; settings: Settings } | null = null;

/** @throws Refusal 503 */
function settingsOf({ ACCESS_TEAM, ACCESS_AUDIENCE, ACCESS_PEOPLE }: Env): Settings {
  const given = { ACCESS_TEAM, ACCESS_AUDIENCE, ACCESS_PEOPLE };
  const text = JSON.stringify(given);
  if (known?.text === text) return known.settings;
  const read = settingsSchema.safeParse(given);
  if (!read.success) {
    const wrong = read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw refusal(
      503,
      "access_misconfigured",
      `Nobody can come by Cloudflare Access, since its settings can't be read: ${clip(wrong.join("; "), 400)}.`,
      "docs/access.md says what they take. TOWNKEEPER_TOKEN and other tokens are taken all the while.",
    );
  }
  known = { text, settings: read.data };
  return read.data;
}

/** Each team's keys, fetched when they are first needed, and anew when one is asked for that is not among them. */
const keys = new Map<string, ReturnType<typeof createRemoteJWKSet>>();
const PATIENCE_MS = 5_000;

function keysOf(team: string) {
  const found = keys.get(team);
  if (found) return found;
  const made = createRemoteJWKSet(new URL("/cdn-cgi/access/certs", team), { timeoutDuration: PATIENCE_MS });
  keys.set(team, made);
  return made;
}

/** @throws Refusal 401, 503 */
async function verified({ ACCESS_TEAM, ACCESS_AUDIENCE }: Settings, assertion: string): Promise<Claims> {
  let payload: JWTPayload;
  try {
    ({ payload } = await jwtVerify(assertion, keysOf(ACCESS_TEAM), {
      issuer: ACCESS_TEAM,
      audience: ACCESS_AUDIENCE,
      algorithms: ["RS256"],
      requiredClaims: ["exp", "iat"],
    }));
  } catch (error) {
    throw refusalOf(error, ACCESS_TEAM);
  }
  const claims = claimsSchema.safeParse(payload);
  if (claims.success) return claims.data;
  throw refusal(401, "unauthenticated", "What Cloudflare Access says of you can't be read.", "Sign in anew.");
}

function refusalOf(error: unknown, team: string): Refusal {
  if (error instanceof errors.JWTExpired)
    return refusal(401, "token_expired", "Your time with Cloudflare Access is over.", "Load the page anew to sign in.");
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError) || isAnswerWrong(error))
    return new Refusal({
      status: 503,
      code: "access_unreachable",
      detail: `The keys of Cloudflare Access can't be had: ${ended(clip(messageOf(error), 200))}`,
      hint: `See whether ACCESS_TEAM is right and answers: ${team}/cdn-cgi/access/certs.`,
      retryable: true,
    });
  const why = error instanceof errors.JWTClaimValidationFailed ? `, by its ${clip(error.claim, 40)}` : "";
  return refusal(
    401,
    "unauthenticated",
    `What is said to come from Cloudflare Access does not come from there for this server${why}.`,
    "Come by the address that Access guards. Its team and audience stand in ACCESS_TEAM and ACCESS_AUDIENCE.",
  );
}

/** The team's server answered, and with no keys. */
const isAnswerWrong = (error: errors.JOSEError): boolean =>
  error instanceof errors.JWKSInvalid || error.code === "ERR_JOSE_GENERIC";

/** A browser sends what proves its user along with whatever any page has it ask for. A program says nothing of where it comes from. */
function refuseOtherSites(c: Context): void {
  const origin = c.req.header("origin");
  const site = c.req.header("sec-fetch-site");
  const isOwn = origin === undefined || origin === new URL(c.req.url).origin;
  if (isOwn && (site === undefined || site === "same-origin" || site === "none")) return;
  throw refusal(
    403,
    "other_site",
    "A page of another site has asked this in your name.",
    "Ask from this server's own page, or send a token.",
  );
}

/** The first that fits counts. */
function isMeant(
  { email, domain, group, service }: Settings["ACCESS_PEOPLE"][number],
  { email: own, common_name: name, custom }: Claims,
): boolean {
  const address = own?.toLowerCase();
  if (email !== undefined) return address === email.toLowerCase();
  if (domain !== undefined) return address?.split("@").at(-1) === domain.toLowerCase();
  if (group !== undefined) return custom?.groups?.includes(group) ?? false;
  return service !== undefined && name === service;
}
