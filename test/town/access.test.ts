/** People who come through Cloudflare Access: what it says of them is verified, and what they may do stands in a setting. */
import { createExecutionContext, env } from "cloudflare:test";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { Env } from "../../src/dos/env.ts";
import worker from "../../src/worker.ts";
import { json } from "./http.ts";
import { aTown, beads, rows, type TestTown } from "./town.ts";

const TEAM = "https://team.test";
const AUDIENCE = "a".repeat(64);
const PEOPLE = [
  { email: "Ann@example.com", preset: "admin" },
  { service: "ci.access", preset: "submitter" },
  { group: "ops", preset: "operator", towns: ["nowhere"] },
  { domain: "example.com", preset: "viewer" },
];
const settings = {
  ACCESS_TEAM: TEAM,
  ACCESS_AUDIENCE: `other, ${AUDIENCE}`,
  ACCESS_PEOPLE: JSON.stringify(PEOPLE),
};

const made = async (kid: string) => ({ kid, ...(await generateKeyPair("RS256", { extractable: true })) });
type Key = Awaited<ReturnType<typeof made>>;

let key: Key;
let stranger: Key;
let town: TestTown;
/** What the team's server answers. */
let certs: () => Promise<Response>;
let fetched = 0;

beforeAll(async () => {
  [key, stranger] = [await made("one"), await made("one")];
  const real = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (!url.endsWith("/cdn-cgi/access/certs")) return real(input, init);
    fetched++;
    return certs();
  });
});
afterAll(() => void vi.restoreAllMocks());

beforeEach(async () => {
  certs = async () => Response.json({ keys: [{ ...(await exportJWK(key.publicKey)), kid: "one", alg: "RS256" }] });
  town = await aTown();
});

interface Said {
  [claim: string]: unknown;
  aud?: string;
  iss?: string;
  exp?: string | number;
}

const assertion = ({ aud = AUDIENCE, iss = TEAM, exp = "1h", ...claims }: Said, by = key) =>
  new SignJWT({ sub: "u1", ...claims })
    .setProtectedHeader({ alg: "RS256", kid: by.kid })
    .setIssuedAt()
    .setIssuer(iss)
    .setAudience(aud)
    .setExpirationTime(exp)
    .sign(by.privateKey);

async function ask(
  method: string,
  path: string,
  header: string | null,
  { headers = {}, body, more = {} }: { headers?: Record<string, string>; body?: unknown; more?: object } = {},
) {
  const request = new Request(`http://town.test${path}`, {
    method,
    headers: {
      "content-type": "application/json",
      ...(header !== null && { "cf-access-jwt-assertion": header }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const given = { ...(env as Env), ...settings, ...more };
  return json((await worker.fetch(request as never, given, createExecutionContext())) as Response);
}

const beadsPath = () => `/v1/towns/${town.name}/beads`;
const who = async (claims: Said, more = {}) => ask("GET", "/v1/tokens/self", await assertion(claims), more);

test("whoever was signed in may do what the first fitting line says, in the towns that it names", async () => {
  expect(await who({ email: "ann@EXAMPLE.com" })).toMatchObject({
    ...{ status: 200, type: "person", id: "access:u1", name: "ann@EXAMPLE.com", preset: "admin", towns: ["*"] },
    expiresAt: expect.any(String),
  });
  expect(await who({ email: "bob@example.com" })).toMatchObject({ status: 200, preset: "viewer" });
  expect(await who({ common_name: "ci.access", sub: "" })).toMatchObject({ preset: "submitter", name: "ci.access" });
  const ops = await assertion({ email: "eve@elsewhere.org", custom: { groups: ["ops"] } });
  expect(await ask("GET", "/v1/tokens/self", ops)).toMatchObject({ preset: "operator", towns: ["nowhere"] });
  expect(await ask("GET", beadsPath(), ops)).toMatchObject({ status: 403, code: "wrong_town" });
  const viewer = await assertion({ email: "bob@example.com" });
  expect(await ask("GET", beadsPath(), viewer)).toMatchObject({ status: 200 });
  expect(await ask("POST", beadsPath(), viewer, { body: { rig: "lib", title: "no" } })).toMatchObject({
    ...{ status: 403, code: "scope_missing" },
  });
  expect((await rows(town)).beads).toEqual([]);
});

test("what a person did is told with the person's name", async () => {
  const ann = await assertion({ email: "ann@example.com" });
  const body = { rig: "lib", title: "by ann" };
  expect(await ask("POST", beadsPath(), ann, { body })).toMatchObject({ id: "lib-1" });
  const { items } = await ask("GET", `/v1/towns/${town.name}/audit`, ann);
  expect(items[0]).toMatchObject({ actor: { type: "person", name: "ann@example.com" } });
});

test("a token that is sent counts, whoever Access says it is", async () => {
  await beads(town, { title: "one" });
  const headers = { authorization: "Bearer tk_wrong" };
  expect(await ask("GET", beadsPath(), await assertion({ email: "ann@example.com" }), { headers })).toMatchObject({
    status: 401,
  });
});

test("what Access has not said for this server is not believed", async () => {
  const unsigned = `${btoa('{"alg":"none"}').replaceAll("=", "")}.${btoa(
    JSON.stringify({ iss: TEAM, aud: AUDIENCE, exp: 4e9, iat: 1, email: "ann@example.com" }),
  ).replaceAll("=", "")}.`;
  const good = await assertion({ email: "ann@example.com" });
  const [head, body, signature] = good.split(".");
  const mac = await new SignJWT({ email: "ann@example.com" })
    .setProtectedHeader({ alg: "HS256", kid: "one" })
    .setIssuedAt()
    .setIssuer(TEAM)
    .setAudience(AUDIENCE)
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(JSON.stringify(await exportJWK(key.publicKey))));
  const wrong: Record<string, string> = {
    "another audience": await assertion({ email: "ann@example.com", aud: "b".repeat(64) }),
    "another team": await assertion({ email: "ann@example.com", iss: "https://evil.test" }),
    "another key of that name": await assertion({ email: "ann@example.com" }, stranger),
    "a key that nobody has": await assertion({ email: "ann@example.com" }, { ...stranger, kid: "two" }),
    "no signature": unsigned,
    "a secret for a key": mac,
    "another body": `${head}.${btoa('{"email":"ann@example.com"}').replaceAll("=", "")}.${signature}`,
    cut: good.slice(0, -4),
    nothing: "",
    "no token": "x".repeat(4_000),
    "another head": `${btoa('{"alg":"RS256","kid":"one","crit":["x"],"x":1}').replaceAll("=", "")}.${body}.${signature}`,
  };
  for (const [what, header] of Object.entries(wrong))
    expect(await ask("GET", beadsPath(), header), what).toMatchObject({ status: 401, code: "unauthenticated" });
  const over = await assertion({ email: "ann@example.com", exp: Math.floor(Date.now() / 1_000) - 10 });
  expect(await ask("GET", beadsPath(), over)).toMatchObject({ status: 401, code: "token_expired" });
  expect(await ask("GET", beadsPath(), good)).toMatchObject({ status: 200 });
});

test("whom nothing names may do nothing; nor does a domain reach into another", async () => {
  for (const claims of [
    { email: "eve@elsewhere.org" },
    { email: "eve@sub.example.com" },
    { email: "eve@notexample.com" },
    { email: "example.com@elsewhere.org" },
    { email: "ann@example.com.evil.org" },
    { common_name: "ann@example.com", sub: "" },
    { email: "eve@elsewhere.org", groups: ["ops"] },
    {},
  ])
    expect(await who(claims), JSON.stringify(claims)).toMatchObject({ status: 403, code: "not_admitted" });
});

test("a page of another site asks nothing in somebody's name, not even a stream", async () => {
  const ann = await assertion({ email: "ann@example.com" });
  for (const headers of [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { origin: "https://evil.test" },
    { origin: "null" },
  ] as Record<string, string>[])
    for (const [method, path] of [
      ["POST", beadsPath()],
      ["GET", `/v1/towns/${town.name}/stream`],
    ] as const)
      expect(
        await ask(method, path, ann, { headers, ...(method === "POST" && { body: { rig: "lib", title: "no" } }) }),
      ).toMatchObject({ status: 403, code: "other_site" });
  const own = { origin: "http://town.test", "sec-fetch-site": "same-origin" };
  expect(await ask("GET", beadsPath(), ann, { headers: own })).toMatchObject({ status: 200 });
});

test("settings that can't be read let nobody in, and say which; tokens are taken all the while", async () => {
  const ann = await assertion({ email: "ann@example.com" });
  for (const [more, says] of [
    [{ ACCESS_PEOPLE: undefined }, /ACCESS_PEOPLE/],
    [{ ACCESS_PEOPLE: "[" }, /ACCESS_PEOPLE/],
    [{ ACCESS_PEOPLE: '[{"email":"ann@example.com","preset":"king"}]' }, /ACCESS_PEOPLE\.0\.preset/],
    [{ ACCESS_PEOPLE: '[{"email":"ann@example.com","domain":"example.com","preset":"viewer"}]' }, /one of email/],
    [{ ACCESS_PEOPLE: '[{"preset":"viewer"}]' }, /one of email/],
    [{ ACCESS_AUDIENCE: " , " }, /ACCESS_AUDIENCE/],
    [{ ACCESS_TEAM: "http://team.test" }, /ACCESS_TEAM/],
  ] as const) {
    expect(await ask("GET", beadsPath(), ann, { more })).toMatchObject({
      ...{ status: 503, code: "access_misconfigured", detail: expect.stringMatching(says) },
    });
    const headers = { authorization: `Bearer ${env.TOWNKEEPER_TOKEN}` };
    expect(await ask("GET", beadsPath(), ann, { more, headers })).toMatchObject({ status: 200 });
  }
  expect(await ask("GET", beadsPath(), ann, { more: { ACCESS_TEAM: undefined } })).toMatchObject({
    ...{ status: 401, code: "unauthenticated" },
  });
});

test("keys that can't be fetched are a trouble that passes, and are fetched once", async () => {
  const ACCESS_TEAM = "https://away.test";
  const ann = await assertion({ email: "ann@example.com", iss: ACCESS_TEAM });
  const asked = () => ask("GET", beadsPath(), ann, { more: { ACCESS_TEAM } });
  const well = certs;
  for (const answer of [
    () => Promise.reject(new TypeError("connection refused")),
    async () => new Response("moved", { status: 500 }),
    async () => new Response("<html>"),
    async () => Response.json({ nothing: true }),
  ]) {
    certs = answer;
    expect(await asked()).toMatchObject({ status: 503, code: "access_unreachable", retryable: true });
  }
  certs = well;
  const before = fetched;
  for (let n = 0; n < 5; n++) expect(await asked()).toMatchObject({ status: 200 });
  expect(fetched - before).toBe(1);
});
