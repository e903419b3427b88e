/** What is asked about tokens: the contract of `tokens.ts`. */
import { z } from "zod";
import type { Operation } from "../lib/operation.ts";
import { actorSchema } from "../lib/origin.ts";
import { PRESETS, SCOPES, type Scope } from "../lib/scopes.ts";
import { slug } from "../protocol/common.ts";
import { page, pageOf } from "../queries/page.ts";
import { time } from "../views/common.ts";
import { SESSION_SCOPES } from "./session-text.ts";

/** How the token that asks is called. */
export const SELF = "self";

const presets = Object.keys(PRESETS) as (keyof typeof PRESETS)[];

const fields = z.object({
  id: z.string(),
  type: z
    .enum(["operator", "token", "session", "person"])
    .describe("`operator`: the server's own token; `person`: signed in by Cloudflare Access"),
  name: z.string(),
  towns: z.array(z.string()).describe('`["*"]`: all'),
  scopes: z.array(z.enum(SCOPES)),
  preset: z.enum(presets).nullable().describe("the set that has just these scopes"),
  state: z.enum(["good", "expired", "revoked"]),
  createdBy: actorSchema.nullable(),
  createdAt: time,
  expiresAt: time.describe("null: never"),
  lastUsedAt: time.describe("within some minutes"),
  revokedAt: time,
});
export const tokenSchema = fields.meta({ id: "Token" });
const newTokenSchema = fields.extend({ token: z.string().describe("told this once") }).meta({ id: "NewToken" });

const days = z.int().min(1).max(366).default(90);

const allTowns = z.tuple([z.literal("*")]).transform((): string[] => ["*"]);

export const newTokenInput = z
  .strictObject({
    name: z.string().trim().min(1).max(60).describe("whose it is, such as `ci` or `ada's laptop`"),
    preset: z.enum(presets).optional(),
    scopes: z
      .array(z.enum(SCOPES))
      .min(1)
      .max(SCOPES.length)
      .transform((scopes): Scope[] => SCOPES.filter((scope) => scopes.includes(scope)))
      .optional()
      .describe("instead of a preset"),
    towns: z
      .union([allTowns, z.array(slug).min(1).max(100)])
      .default(["*"])
      .describe('names of towns, or `["*"]`: all'),
    expiresInDays: days,
  })
  .refine(({ preset, scopes }) => (preset === undefined) !== (scopes === undefined), "give a preset, or scopes");

export const rotationInput = z.strictObject({
  overlapMinutes: z
    .int()
    .min(0)
    .max(7 * 24 * 60)
    .default(60)
    .describe("for so long the secret before it is taken too"),
  expiresInDays: days,
});

export const tokenId = z.string().regex(/^(?:self|[0-9a-z]{12})$/, "must be a token's id: GET /v1/tokens lists them");

export const tokensPage = z.strictObject(page);

const whole = { isWholePath: true } as const;

export const listTokens: Operation = {
  ...whole,
  ...{ name: "list-tokens", method: "GET", path: "/v1/tokens", scope: "tokens:admin" },
  summary: "Lists the tokens that were made, the newest first; none of their secrets.",
  query: tokensPage,
  output: pageOf(tokenSchema),
};

export const createToken: Operation = {
  ...whole,
  ...{ name: "create-token", method: "POST", path: "/v1/tokens", scope: "tokens:admin", status: 201 },
  summary: "Makes a token for a person or a program. It may be given what the one that asks has, and no more.",
  body: newTokenInput,
  output: newTokenSchema,
};

const readToken: Operation = {
  ...whole,
  ...{ name: "read-token", method: "GET", path: "/v1/tokens/{token}", scope: null },
  summary: "Shows a token: `self` is the one that asks, and others take the scope `tokens:admin`.",
  params: { token: tokenId },
  output: tokenSchema,
};

export const revokeToken: Operation = {
  ...whole,
  ...{ name: "revoke-token", method: "DELETE", path: "/v1/tokens/{token}", scope: "tokens:admin" },
  summary: "Revokes a token: it is worth nothing within ten seconds, and its sessions within a quarter of an hour.",
  params: { token: tokenId },
  output: tokenSchema,
};

export const rotateToken: Operation = {
  ...whole,
  ...{ name: "rotate-token", method: "POST", path: "/v1/tokens/{token}/rotate", scope: "tokens:admin" },
  summary: "Gives a token another secret; the one before it is taken for a while.",
  params: { token: tokenId },
  body: rotationInput,
  emptyBody: true,
  output: newTokenSchema,
};

export const createSession: Operation = {
  ...{ name: "create-session-token", method: "POST", path: "/session-tokens", scope: "beads:read", status: 201 },
  summary:
    "Makes a token for a page or a stream: to read one town for a quarter of an hour, as far as the one that asks may.",
  output: z
    .object({ token: z.string(), town: z.string(), scopes: z.array(z.enum(SESSION_SCOPES)), expiresAt: time })
    .meta({ id: "SessionToken" }),
};

export const tokenOperations = [listTokens, createToken, readToken, revokeToken, rotateToken, createSession];
