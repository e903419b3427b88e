/** What HTTP expects, asked of every route of the contract: what it does not take is refused with what it does, before anything is done. */
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { openApi } from "../../src/api/openapi.ts";
import { json } from "./http.ts";
import { aTown, type TestTown } from "./town.ts";

interface Route {
  method: string;
  path: string;
  /** What its body is; undefined: it has none. */
  type: string | undefined;
  /** Words that it takes behind the `?`. */
  words: string[];
}

interface Described {
  parameters: { name: string; in: string }[];
  requestBody?: { content: object };
}

const paths = Object.entries(openApi().paths as Record<string, Record<string, Described>>);
const routes = paths.flatMap(([path, methods]) =>
  Object.entries(methods).map(
    ([method, { parameters, requestBody }]): Route => ({
      method: method.toUpperCase(),
      path,
      type: Object.keys(requestBody?.content ?? {})[0],
      words: parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name),
    }),
  ),
);
const called = ({ method, path }: Pick<Route, "method" | "path">) => `${method} ${path}`;

let town: TestTown;
beforeAll(async () => {
  town = await aTown();
});

/** A place that the path could name, which mostly is not there. */
const at = (path: string) =>
  path
    .replace("{town}", town.name)
    .replace("{token}", "self")
    .replaceAll(/\{(fence|incident|event|id|delivery)\}/g, "999")
    .replaceAll(/\{\w+\}/g, "nobody");

const send = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
  (exports as unknown as { default: Fetcher }).default.fetch(`http://town.test${path}`, {
    method,
    headers: { authorization: `Bearer ${env.TOWNKEEPER_TOKEN}`, ...headers },
    ...(body !== undefined && { body }),
  });

const sorted = (allow: string | null) => (allow ?? "").split(", ").sort();

/** Of every answer, whatever it says. */
function expectManners({ headers }: Response, id: string): void {
  expect(headers.get("x-request-id")).toBe(id);
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
}

test("there are more than sixty of them", () => {
  expect(routes.length).toBeGreaterThan(60);
});

describe.each(paths.map(([path, methods]) => ({ path, has: Object.keys(methods).map((m) => m.toUpperCase()) })))(
  "$path",
  ({ path, has }) => {
    const allow = [...has, ...(has.includes("GET") ? ["HEAD"] : []), "OPTIONS"].sort();

    test("other methods are refused with those that it has, and OPTIONS is told them", async () => {
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((one) => !has.includes(one))) {
        const headers = { "content-type": "application/json", "x-request-id": "mine" };
        const answer = await send(method, at(path), headers, method === "GET" ? undefined : "{}");
        expect([method, answer.status, sorted(answer.headers.get("allow"))]).toEqual([method, 405, allow]);
        expectManners(answer, "mine");
        expect(await answer.json()).toMatchObject({
          code: "method_not_allowed",
          hint: expect.stringContaining("It takes"),
        });
      }
      const options = await send("OPTIONS", at(path), { "x-request-id": "mine" });
      expect([options.status, sorted(options.headers.get("allow")), await options.text()]).toEqual([204, allow, ""]);
      expectManners(options, "mine");
    });

    if (has.includes("GET"))
      test("HEAD is answered as GET is, without a body", async () => {
        const [head, get] = [await send("HEAD", at(path)), await send("GET", at(path))];
        expect([head.status, head.headers.get("content-type")]).toEqual([get.status, get.headers.get("content-type")]);
        await get.body?.cancel();
        expect(await head.text()).toBe("");
        expectManners(head, head.headers.get("x-request-id") ?? "none");
      });
  },
);

test.each(routes.map((route) => [called(route), route] as const))(
  "%s refuses a word behind the ? that it does not know, and names those that it does",
  async (_, { method, path, words }) => {
    const headers = { "content-type": "application/json", "x-request-id": "mine" };
    const answer = await send(method, `${at(path)}?colour=red`, headers, method === "GET" ? undefined : "{}");
    expectManners(answer, "mine");
    const said = await json(answer);
    expect(said).toMatchObject({ status: 422, code: "invalid_input" });
    expect(said.errors.map(({ message }: { message: string }) => message).join()).toContain("no colour here");
    for (const word of words) expect(said.hint).toContain(`\`${word}=\``);
    if (words.length === 0) expect(said.hint).toContain("takes nothing");
  },
);

test.each(routes.map((route) => [called(route), route] as const))(
  "%s refuses what has no name behind the ?",
  async (_, { method, path }) => {
    const headers = { "content-type": "application/json" };
    const said = await json(await send(method, `${at(path)}?=red`, headers, method === "GET" ? undefined : "{}"));
    expect(said).toMatchObject({ status: 422, code: "invalid_input" });
  },
);

test.each(routes.filter(({ words }) => words.length > 0).map((route) => [called(route), route] as const))(
  "%s refuses a word that comes twice",
  async (_, { method, path, words }) => {
    const [word] = words;
    const headers = { "content-type": "application/json" };
    const body = method === "GET" ? undefined : "{}";
    const said = await json(await send(method, `${at(path)}?${word}=true&${word}=true`, headers, body));
    expect(said).toMatchObject({ status: 422, code: "invalid_input", detail: expect.stringContaining(`${word}: `) });
  },
);

test.each(routes.filter(({ type }) => type !== undefined).map((route) => [called(route), route] as const))(
  "%s refuses a body that is a page or a form",
  async (_, { method, path, words }) => {
    const query = words.includes("rig") ? "?rig=lib" : "";
    for (const type of ["text/html", "multipart/form-data; boundary=x"]) {
      const answer = await send(method, at(path) + query, { "content-type": type, "x-request-id": "mine" }, "{}");
      expect([type, answer.status]).toEqual([type, 415]);
      expectManners(answer, "mine");
      await answer.text();
    }
  },
);

test("what is open to everybody takes no words either", async () => {
  for (const path of ["/healthz", "/openapi.json", "/docs"])
    expect(await json(await send("GET", `${path}?colour=red`))).toMatchObject({ status: 422, code: "invalid_input" });
});

test("a log that is not followed is read from its beginning", async () => {
  const said = await json(await send("GET", `/v1/towns/${town.name}/attempts/1/log?after=3`));
  expect(said).toMatchObject({ status: 422, detail: expect.stringMatching(/^follow: is missing/) });
});
