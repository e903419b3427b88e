/** The life of a token: made, used, rotated, revoked, expired; and of those that a page gets. */
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { countAsked } from "../../src/api/limits.ts";
import { idOf } from "../../src/api/token-text.ts";
import { call, json } from "./http.ts";
import { aTown, beads } from "./town.ts";

afterEach(() => void vi.useRealTimers());

/** What is remembered of a token in the isolate is over then. */
const later = (ms: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
const SECONDS = 1_000;
const DAY = 86_400_000;

const make = async (body: object, token?: string) => json(await call("POST", "/v1/tokens", body, token));
const beadsOf = async (town: string, token: string) =>
  (await call("GET", `/v1/towns/${town}/beads`, undefined, token)).status;

test("a token is told once, does what it may, and is listed without its secret", async () => {
  const town = await aTown();
  const made = await make({ name: "ci", preset: "submitter", towns: [town.name] });
  expect(made).toMatchObject({
    ...{ name: "ci", type: "token", preset: "submitter", towns: [town.name], state: "good", lastUsedAt: null },
    createdBy: { type: "operator" },
  });
  expect(Date.parse(made.expiresAt) - Date.now()).toBeGreaterThan(89 * DAY);
  const { token, id } = made;
  expect(idOf(token)).toBe(id);
  const created = await call("POST", `/v1/towns/${town.name}/beads`, { rig: "lib", title: "One" }, token);
  expect(created.status).toBe(201);
  expect(await json(created)).toMatchObject({ createdBy: { type: "token", id, name: "ci" } });
  const { items } = await json(await call("GET", `/v1/towns/${town.name}/audit`, undefined, token));
  expect(items[0]).toMatchObject({ command: "create-bead", actor: { type: "token", id, name: "ci" } });
  const paused = await call("PATCH", `/v1/towns/${town.name}`, { draining: true }, token);
  expect(await json(paused)).toMatchObject({ status: 403, code: "scope_missing" });
  const elsewhere = await aTown();
  expect(await json(await call("GET", `/v1/towns/${elsewhere.name}/beads`, undefined, token))).toMatchObject({
    status: 403,
    code: "wrong_town",
  });
  const listed = await json(await call("GET", "/v1/tokens"));
  expect(listed.items[0]).toMatchObject({ id, name: "ci", state: "good", lastUsedAt: expect.any(String) });
  expect(JSON.stringify(listed)).not.toContain(token.slice(16, 50));
  const self = await json(await call("GET", "/v1/tokens/self", undefined, token));
  expect(self).toMatchObject({ id, type: "token", name: "ci", preset: "submitter" });
  expect(await json(await call("GET", "/v1/tokens/self"))).toMatchObject({
    type: "operator",
    towns: ["*"],
    preset: "admin",
  });
});

test("a revoked token is worth nothing, elsewhere within ten seconds", async () => {
  const town = await aTown();
  const { token, id } = await make({ name: "lost", preset: "viewer" });
  expect(await beadsOf(town.name, token)).toBe(200);
  // As another isolate would have it revoked.
  await env.REGISTRY.getByName("registry").revokeToken(id);
  later(11 * SECONDS);
  expect(await json(await call("GET", `/v1/towns/${town.name}/beads`, undefined, token))).toMatchObject({
    status: 401,
    code: "token_replaced",
  });
  const { token: other, id: otherId } = await make({ name: "lost too", preset: "viewer" });
  expect(await beadsOf(town.name, other)).toBe(200);
  expect(await json(await call("DELETE", `/v1/tokens/${otherId}`))).toMatchObject({ state: "revoked" });
  expect(await beadsOf(town.name, other)).toBe(401);
  expect((await call("DELETE", `/v1/tokens/${otherId}`)).status).toBe(200);
  expect(await json(await call("POST", `/v1/tokens/${otherId}/rotate`))).toMatchObject({ code: "token_not_found" });
  expect((await call("DELETE", "/v1/tokens/000000000000")).status).toBe(404);
});

test("a token that is rotated has another secret, and the one before it for a while", async () => {
  const town = await aTown();
  const { token, id } = await make({ name: "long", preset: "viewer" });
  const rotated = await json(await call("POST", `/v1/tokens/${id}/rotate`, { overlapMinutes: 10 }));
  expect(rotated).toMatchObject({ id, name: "long" });
  expect(idOf(rotated.token)).toBe(id);
  for (const good of [token, rotated.token]) expect(await beadsOf(town.name, good)).toBe(200);
  later(10 * 60 * SECONDS + SECONDS);
  expect(await beadsOf(town.name, rotated.token)).toBe(200);
  expect(await beadsOf(town.name, token)).toBe(401);
  const again = await json(await call("POST", `/v1/tokens/${id}/rotate`, { overlapMinutes: 0 }));
  expect(await beadsOf(town.name, rotated.token)).toBe(401);
  expect(await beadsOf(town.name, again.token)).toBe(200);
});

test("a token ends with its days", async () => {
  const town = await aTown();
  const { token } = await make({ name: "short", preset: "viewer", expiresInDays: 1 });
  expect(await beadsOf(town.name, token)).toBe(200);
  later(DAY + SECONDS);
  expect(await json(await call("GET", `/v1/towns/${town.name}/beads`, undefined, token))).toMatchObject({
    status: 401,
    code: "token_expired",
  });
});

test("nobody gives what one has not, and a request that can't be is refused in words", async () => {
  const { token } = await make({ name: "keeper", scopes: ["tokens:admin", "beads:read"] });
  expect(await make({ name: "more", preset: "admin" }, token)).toMatchObject({ status: 403, code: "scope_missing" });
  expect(await make({ name: "less", scopes: ["beads:read"] }, token)).toMatchObject({ scopes: ["beads:read"] });
  const { id: strong } = await make({ name: "strong", preset: "admin" });
  expect(await json(await call("POST", `/v1/tokens/${strong}/rotate`, {}, token))).toMatchObject({
    code: "scope_missing",
  });
  const { token: local } = await make({ name: "local", preset: "admin", towns: ["home"] });
  expect(await make({ name: "wide", preset: "viewer" }, local)).toMatchObject({ status: 403, code: "wrong_town" });
  for (const wrong of [
    { preset: "viewer" },
    { name: "x" },
    { name: "x", preset: "viewer", scopes: ["beads:read"] },
    { name: "x", preset: "god" },
    { name: "x", scopes: [] },
    { name: "x", scopes: ["all"] },
    { name: "x", preset: "viewer", towns: [] },
    { name: "x", preset: "viewer", towns: ["*", "home"] },
    { name: "x", preset: "viewer", expiresInDays: 0 },
    { name: "x", preset: "viewer", expiresInDays: 400 },
    { name: "x", preset: "viewer", id: "me" },
  ])
    expect(await make(wrong), JSON.stringify(wrong)).toMatchObject({ status: 422, code: "invalid_input" });
});

test("a token that is made eight times at once with one key is one token, and all are told the same secret", async () => {
  const keyed = (body: object, key: string, path = "") =>
    call("POST", `/v1/tokens${path}`, body, env.TOWNKEEPER_TOKEN, { "idempotency-key": key });
  const name = `ci-${Math.random()}`;
  const sent = Array.from({ length: 8 }, () => keyed({ name, preset: "viewer" }, name));
  const answers = await Promise.all(sent.map(async (response) => json(await response)));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  const { items } = await json(await call("GET", "/v1/tokens"));
  expect(items.filter((token: { name: string }) => token.name === name)).toHaveLength(1);
  expect(await json(await keyed({ name: "other", preset: "viewer" }, name))).toMatchObject({
    status: 422,
    code: "key_reused",
  });
  const rotations = Array.from({ length: 8 }, () => keyed({ overlapMinutes: 5 }, "turn", `/${answers[0].id}/rotate`));
  const turned = await Promise.all(rotations.map(async (response) => (await json(await response)).token));
  expect(new Set(turned)).toEqual(new Set([turned[0]]));
  const town = await aTown();
  for (const good of [turned[0], answers[0].token]) expect(await beadsOf(town.name, good)).toBe(200);
});

test("a page's token reads one town for a quarter of an hour, and makes no others", async () => {
  const town = await aTown();
  await beads(town, { title: "One" });
  const { token } = await make({ name: "screen", scopes: ["beads:read", "beads:write"] });
  const path = `/v1/towns/${town.name}/session-tokens`;
  const session = await json(await call("POST", path, undefined, token));
  expect(session).toMatchObject({ town: town.name, scopes: ["beads:read"] });
  expect(await beadsOf(town.name, session.token)).toBe(200);
  expect(await json(await call("GET", "/v1/tokens/self", undefined, session.token))).toMatchObject({
    type: "session",
    name: "screen",
  });
  const write = await call("POST", `/v1/towns/${town.name}/beads`, { rig: "lib", title: "Two" }, session.token);
  expect(write.status).toBe(403);
  expect((await call("GET", `/v1/towns/${town.name}/metrics`, undefined, session.token)).status).toBe(403);
  expect(await beadsOf((await aTown()).name, session.token)).toBe(403);
  expect(await json(await call("POST", path, undefined, session.token))).toMatchObject({ code: "wrong_kind" });
  later(16 * 60 * SECONDS);
  expect(await beadsOf(town.name, session.token)).toBe(401);
});

test("a token that asks too often is told to wait, and the server's own never is", async () => {
  const { token, id } = await make({ name: "busy", preset: "viewer" });
  const ask = () => call("GET", "/v1/tokens/self", undefined, token);
  const first = await ask();
  expect(first.headers.get("ratelimit")).toMatch(/^"token";r=1199;t=60$/);
  for (let asked = 1; asked < 1_200; asked++) countAsked(id, Date.now());
  const last = await ask();
  expect(await json(last)).toMatchObject({ status: 429, code: "rate_limited", retryable: true });
  expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await call("GET", "/v1/tokens/self")).status).toBe(200);
  later(61 * SECONDS);
  expect((await ask()).status).toBe(200);
});

test("towns are listed by name, page by page, each token's own; an older one when it is first reached", async () => {
  const [one, two, old] = [await aTown(), await aTown(), await aTown()];
  const names = [one.name, two.name].sort();
  for (const { name } of [one, two]) await call("GET", `/v1/towns/${name}`);
  const { token } = await make({ name: "two towns", preset: "viewer", towns: [...names, "nowhere"] });
  const list = async (query = "") => json(await call("GET", `/v1/towns${query}`, undefined, token));
  await expect.poll(async () => (await list()).items.map(({ name }: { name: string }) => name)).toEqual(names);
  const first = await list("?limit=1");
  expect(first).toMatchObject({ items: [{ name: names[0] }], nextCursor: expect.stringContaining(names[0] as string) });
  expect((await list(`?limit=1&cursor=${first.nextCursor}`)).items).toMatchObject([{ name: names[1] }]);
  const all = async () => {
    const names: string[] = [];
    let next: string | null = "";
    while (next !== null) {
      const { items, nextCursor }: { items: { name: string }[]; nextCursor: string | null } = await json(
        await call("GET", `/v1/towns?limit=200${next && `&cursor=${next}`}`),
      );
      names.push(...items.map(({ name }) => name));
      next = nextCursor;
    }
    return names;
  };
  expect(await all()).not.toContain(old.name);
  await call("GET", `/v1/towns/${old.name}`);
  await expect.poll(all).toContain(old.name);
  await call("DELETE", `/v1/towns/${old.name}`);
  expect(await all()).not.toContain(old.name);
  const fresh = `fresh-${Math.floor(Math.random() * 1e9)}`;
  await call("POST", "/v1/towns", { name: fresh });
  expect(await all()).toContain(fresh);
});
