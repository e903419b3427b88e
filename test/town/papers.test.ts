/** What describes the API: for programs and for people, without a token, and without a word of any town. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import written from "../../openapi.json";
import { call } from "./http.ts";
import { anAgent, aTown } from "./town.ts";

/** Nobody has proved who they are. */
const NO_TOKEN = "";
const get = (path: string) => call("GET", path, undefined, NO_TOKEN);

test("openapi.json is served to everybody, as it is in the repository", async () => {
  const answer = await get("/openapi.json");
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(await answer.json()).toEqual(written);
});

test("/docs is a page that may load nothing, run nothing and be framed by nobody", async () => {
  const answer = await get("/docs");
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toMatch(/^text\/html; charset=utf-8$/i);
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
  const policy = answer.headers.get("content-security-policy") ?? "";
  const [, nonce = ""] = /'nonce-([^']+)'/.exec(policy) ?? [];
  expect(policy.split("; ").sort()).toEqual([
    "base-uri 'none'",
    "default-src 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    `style-src 'nonce-${nonce}'`,
  ]);

  const html = await answer.text();
  expect(html).toContain(`<style nonce="${nonce}">`);
  expect(html).not.toMatch(/<(script|img|link|iframe|object|embed|form|base)\b|\son\w+=|\sstyle=|@import|url\(/i);
  const [...leads] = html.matchAll(/\s(?:href|src)="([^"]*)"/g);
  expect(leads.map(([, to]) => to)).toEqual(["/openapi.json"]);
});

test("each page has a nonce of its own", async () => {
  const policies = await Promise.all([get("/docs"), get("/docs")]).then((all) =>
    all.map(({ headers }) => headers.get("content-security-policy")),
  );
  expect(policies[0]).not.toBe(policies[1]);
});

test("every operation of the document stands on the page", async () => {
  const html = await (await get("/docs")).text();
  for (const [path, methods] of Object.entries(written.paths))
    for (const method of Object.keys(methods)) expect(html).toContain(`<code>${method.toUpperCase()} ${path}`);
});

test("neither says anything secret, or anything of a town", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept", { env: { KEY: "an-agents-secret" } });
  const secrets = [env.TOWNKEEPER_TOKEN, env.RUN_TOKEN_KEY, env.HOST_TOKEN, env.HOST_URL, env.PUBLIC_URL];
  for (const path of ["/openapi.json", "/docs"]) {
    const text = await (await get(path)).text();
    for (const secret of [...secrets, town.name, "an-agents-secret"]) {
      expect(secret).toBeTruthy();
      expect(text).not.toContain(secret);
    }
  }
});

test("what describes the API is read, and nothing else", async () => {
  for (const path of ["/openapi.json", "/docs"]) {
    const answer = await call("POST", path, {});
    expect(answer.status).toBe(405);
    expect(await answer.json()).toMatchObject({ code: "method_not_allowed" });
  }
});
