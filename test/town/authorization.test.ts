/** Every route of the contract with every kind of credential: who may what is worked out here once more, and each answer is held to it. */
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { tools } from "../../src/api/mcp/tools.ts";
import { openApi } from "../../src/api/openapi.ts";
import { mintSession } from "../../src/api/session-text.ts";
import { newToken } from "../../src/api/token-text.ts";
import { mintHostToken } from "../../src/lib/host-token.ts";
import { OPERATOR } from "../../src/lib/origin.ts";
import { mintRunToken } from "../../src/lib/run-token.ts";
import { PRESETS, SCOPES, type Scope } from "../../src/lib/scopes.ts";
import { signingKeys } from "../../src/lib/signed-token.ts";
import { call, json } from "./http.ts";
import { anAgent, aTown, beads, quiet } from "./town.ts";

const DAY = 86_400_000;

interface Route {
  method: string;
  path: string;
  name: string;
  scope: Scope | null;
}

/** What a credential may, if it is one at all. */
interface May {
  scopes: readonly string[];
  towns: "*" | readonly string[];
  isSession?: boolean;
}

const routes = (): Route[] =>
  Object.entries(openApi().paths as Record<string, Record<string, { operationId: string; "x-scope"?: Scope }>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        ...{ method: method.toUpperCase(), path, name: operation.operationId, scope: operation["x-scope"] ?? null },
      })),
  );

/** What is of no single town, and shows each token its own. */
const OWN = ["list-towns", "read-token", "speak-mcp"];

/** 401, 403, or null: it is let in. */
function expected({ path, name, scope }: Route, town: string, may: May | null): 401 | 403 | null {
  if (!may) return 401;
  if (scope !== null && !may.scopes.includes(scope)) return 403;
  if (may.isSession && name === "create-session-token") return 403;
  if (may.towns === "*" || OWN.includes(name)) return null;
  return path.includes("{town}") && may.towns.includes(town) ? null : 403;
}

const keys = () => signingKeys(env);
const limits = { nowMs: Date.now(), leaseMs: DAY, maxMs: DAY };

/** The header, and what it may. */
async function credentials(town: string): Promise<Record<string, [string, May | null]>> {
  const made = async (body: object) =>
    (await json(await call("POST", "/v1/tokens", { name: "x", ...body }))) as { token: string; id: string };
  const bearer = ({ token }: { token: string }) => `Bearer ${token}`;
  const own = env.TOWNKEEPER_TOKEN;
  const all: May = { scopes: SCOPES, towns: "*" };
  const found: Record<string, [string, May | null]> = {
    ...{ nothing: ["", null], "an empty one": ["Bearer ", null], "a scheme alone": ["Bearer", null] },
    "another scheme": [`Basic ${btoa(`operator:${own}`)}`, null],
    "the operator's without a scheme": [own, null],
    "the operator's": [`Bearer ${own}`, all],
    "the operator's, in small letters": [`bearer ${own}`, all],
    "the operator's, cut": [`Bearer ${own.slice(0, -1)}`, null],
    "the operator's, and more": [`Bearer ${own}x`, null],
    "the operator's, twice": [`Bearer ${own} ${own}`, null],
    "the key that signs": [`Bearer ${env.RUN_TOKEN_KEY}`, null],
    "the host's own": [`Bearer ${env.HOST_TOKEN}`, null],
  };
  for (const [preset, scopes] of Object.entries(PRESETS)) {
    found[preset] = [bearer(await made({ preset })), { scopes, towns: "*" }];
    found[`${preset} here`] = [bearer(await made({ preset, towns: [town] })), { scopes, towns: [town] }];
  }
  for (const scope of SCOPES)
    found[`${scope} alone`] = [bearer(await made({ scopes: [scope] })), { scopes: [scope], towns: "*" }];
  found["admin elsewhere"] = [
    bearer(await made({ preset: "admin", towns: ["elsewhere"] })),
    { scopes: SCOPES, towns: ["elsewhere"] },
  ];
  const revoked = await made({ preset: "admin" });
  await call("DELETE", `/v1/tokens/${revoked.id}`);
  const turned = await made({ preset: "admin" });
  const newer = (await json(await call("POST", `/v1/tokens/${turned.id}/rotate`, { overlapMinutes: 0 }))) as never;
  const { token } = await made({ preset: "admin" });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 2 * DAY });
  const expired = await made({ preset: "admin", expiresInDays: 1 });
  vi.useRealTimers();
  const session = { town, expiresAtMs: Date.now() + DAY, scopes: [...PRESETS.viewer], actor: OPERATOR };
  const reads: May = { scopes: PRESETS.viewer, towns: [town], isSession: true };
  const signed = await mintSession(keys(), session);
  const [head, , tail] = signed.split(".");
  const claims = btoa(JSON.stringify(["elsewhere", Date.now() + DAY, [0, 1, 2], "operator", "operator", "x"]));
  const run = { kind: "run" as const, town, agent: "ada", bead: "lib-1", fence: 1 };
  return Object.assign(found, {
    revoked: [bearer(revoked), null],
    "replaced by a newer": [bearer(turned), null],
    "the newer": [bearer(newer), all],
    expired: [bearer(expired), null],
    "with a letter changed": [`Bearer ${token.slice(0, 20)}${token[20] === "a" ? "b" : "a"}${token.slice(21)}`, null],
    cut: [`Bearer ${token.slice(0, -3)}`, null],
    "whole, of nobody": [bearer(await newToken(keys, null)), null],
    "whole, of another's id": [bearer(await newToken(keys, null, turned.id)), null],
    "a session": [`Bearer ${signed}`, reads],
    "a session elsewhere": [
      `Bearer ${await mintSession(keys(), { ...session, town: "elsewhere" })}`,
      { ...reads, towns: ["elsewhere"] },
    ],
    "a session for beads alone": [
      `Bearer ${await mintSession(keys(), { ...session, scopes: ["beads:read"] })}`,
      { ...reads, scopes: ["beads:read"] },
    ],
    "a session that is over": [
      `Bearer ${await mintSession(keys(), { ...session, expiresAtMs: Date.now() - 1 })}`,
      null,
    ],
    "a session of another key": [
      `Bearer ${await mintSession([{ id: "main", secret: "another-secret-of-many-letters" }], session)}`,
      null,
    ],
    "a session with other claims": [`Bearer ${head}.${claims}.${tail}`, null],
    "a run's": [`Bearer ${await mintRunToken(keys(), run, limits)}`, null],
    "a host's": [`Bearer ${await mintHostToken(keys(), { town, host: "pc" })}`, null],
    "a host's as a session": [
      `Bearer ${(await mintHostToken(keys(), { town, host: "pc" })).replace("tkh_", "tks_")}`,
      null,
    ],
  } satisfies Record<string, [string, May | null]>);
}

const filled = (path: string, town: string) =>
  path
    .replace("{town}", town)
    .replace("{token}", "self")
    .replaceAll(/\{(fence|incident|event|id)\}/g, "999")
    .replaceAll(/\{\w+\}/g, "nobody");

test("every route answers every credential as it should", async () => {
  const town = await aTown();
  // Something runs, so that nobody who may remove the town does.
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "One" });
  await quiet(town);
  const all = Object.entries(await credentials(town.name));
  const every = routes();
  expect(all.length).toBeGreaterThanOrEqual(30);
  expect(every.length).toBeGreaterThan(60);
  const wrong: string[] = [];
  let asked = 0;
  for (const route of every) {
    const answers = all.map(async ([kind, [authorization, may]]) => {
      const { method, path } = route;
      const body = method === "GET" ? undefined : {};
      const response = await call(method, filled(path, town.name), body, "", {
        ...(authorization && { authorization }),
      });
      const { status, headers } = response;
      // What is let in may go on for as long as somebody reads it.
      const { code } = status < 400 ? {} : ((await response.json()) as { code?: string });
      if (status < 400) await response.body?.cancel();
      asked++;
      const want = expected(route, town.name, may);
      // Who is let in is refused for other reasons, such as an empty body, or is answered.
      const isRight =
        want === null ? status !== 401 && (status !== 403 || code === "wrong_kind") && status < 500 : status === want;
      const challenged = status !== 401 || headers.get("www-authenticate")?.startsWith("Bearer");
      if (!isRight || !challenged)
        wrong.push(`${method} ${path} with ${kind}: ${status} ${code}, not ${want ?? "let in"}`);
    });
    await Promise.all(answers);
  }
  expect(wrong).toEqual([]);
  expect(asked).toBe(all.length * every.length);
}, 300_000);

/** Of a tool, the reason why it is not for this credential; null: it is. */
function refusedTool(scope: Scope | null, town: string, may: May): "scope_missing" | "wrong_town" | null {
  if (scope !== null && !may.scopes.includes(scope)) return "scope_missing";
  return may.towns === "*" || may.towns.includes(town) ? null : "wrong_town";
}

test("every tool answers every credential as the route of its operation does", async () => {
  const town = await aTown();
  const wrong: string[] = [];
  let asked = 0;
  for (const [kind, [authorization, may]] of Object.entries(await credentials(town.name)))
    for (const { name, operation } of tools) {
      const params = { name, arguments: { town: town.name } };
      const headers = { accept: "application/json, text/event-stream", ...(authorization && { authorization }) };
      const body = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
      const { status, result } = await json(await call("POST", "/mcp", body, "", headers));
      asked++;
      const code = result?.isError ? JSON.parse(result.content[0].text).code : null;
      const want = may && refusedTool(operation.scope, town.name, may);
      const isRight = may
        ? status === 200 && (want ? code === want : !/^(?:scope_missing|wrong_town)$/.test(code))
        : status === 401;
      if (!isRight) wrong.push(`${name} with ${kind}: ${status} ${code}, not ${may ? (want ?? "let in") : 401}`);
    }
  expect(wrong).toEqual([]);
  expect(asked).toBeGreaterThan(400);
});
