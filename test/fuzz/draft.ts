/** Requests before they are sent: made by fast-check from a route's schemas, and mostly changed in one thing. */
import fc from "fast-check";
import type { Route } from "./document.ts";
import type { Ids } from "./ids.ts";
import { isJson, mutations } from "./mutations.ts";
import { LINES } from "./odd-values.ts";
import type { Draft, Request } from "./request.ts";
import { Id, paramOf, valueFor } from "./values.ts";

/** Of ten requests so many stay as the schemas have them. */
const VALID_OF_TEN = 3;

/** @param count of the route, in the order in which they are to be sent */
export function draftsOf(route: Route, seed: number, count: number): Draft[] {
  const inQuery = fc.record(
    Object.fromEntries(route.inQuery.map(({ name, schema }) => [name, valueFor(schema, name, route.path)])),
    { requiredKeys: route.inQuery.flatMap(({ name, required }) => (required ? [name] : [])) as never[] },
  );
  const arbitrary = fc.record({
    path: fc.tuple(...route.inPath.map(({ name, schema }) => paramOf(name, schema, route.path))),
    query: inQuery,
    body: bodyOf(route),
    key: fc.oneof(
      { weight: 4, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.constantFrom("k-1", "k-2", "k-3") },
    ),
    // Most changes are meant for whatever is there.
    anyVersion: fc.noBias(fc.nat(9)),
    // What chooses is spread evenly: what is chosen from has the odd ones.
    valid: fc.noBias(fc.nat(9)),
    picks: fc.noBias(fc.array(fc.nat(100_000), { minLength: 24, maxLength: 24 })),
  });
  return fc.sample(arbitrary, { seed, numRuns: count }).map(({ path, query, body, key, anyVersion, valid, picks }) => {
    const draft: Draft = {
      ...{ route, what: "valid", method: route.method },
      path: route.inPath.map(({ name }, at) => ({ name, value: path[at] })),
      query: Object.entries(query).filter(([, value]) => value !== undefined),
      ...{ moreQuery: "", headers: {}, body, text: (text: string) => text },
    };
    if (body !== undefined) draft.headers["content-type"] = route.body?.type ?? "";
    if (route.path === "/mcp") draft.headers.accept = "application/json, text/event-stream";
    if (key !== null && route.method !== "GET") draft.headers["idempotency-key"] = key;
    if (route.method === "PATCH" && anyVersion > 0) draft.headers["if-match"] = "*";
    if (valid >= VALID_OF_TEN) mutate(draft, picks);
    return draft;
  });
}

function bodyOf({ body, path }: Route): fc.Arbitrary<unknown> {
  if (!body) return fc.constant(undefined);
  const value = isJson(body.type)
    ? valueFor(body.schema, "", path)
    : fc.array(fc.constantFrom(...LINES), { maxLength: 5 }).map((lines) => lines.join("\n"));
  return body.isRequired ? value : fc.oneof(value, fc.constant(undefined));
}

/** By one mutation that finds something to change. */
function mutate(draft: Draft, picks: readonly number[]): void {
  let at = 0;
  const pick = <T>(all: readonly T[]): T => all[(picks[at++ % picks.length] ?? 0) % all.length] as T;
  for (let left = Object.keys(mutations); left.length > 0; ) {
    const name = pick(left);
    if (mutations[name]?.(draft, pick)) {
      draft.what = name;
      return;
    }
    left = left.filter((each) => each !== name);
  }
}

export function requestOf(draft: Draft, ids: Ids): Request {
  const { route, what, method, headers } = draft;
  const inPath = new Map(draft.path.map(({ name, value }) => [name, segment(value, route, ids)]));
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => inPath.get(name) ?? "");
  const pairs = draft.query.map(([name, value]) => `${name}=${escaped(String(resolved(value, route, ids)))}`);
  const query = [...pairs, draft.moreQuery].filter(Boolean).join("&");
  return {
    ...{ route, what, method, headers, path: query ? `${path}?${query}` : path },
    body: draft.body === undefined ? undefined : draft.text(textOf(resolved(draft.body, route, ids))),
  };
}

const textOf = (body: unknown): string => (typeof body === "string" ? body : JSON.stringify(body));
const escaped = (text: string): string => encodeURIComponent(text.toWellFormed());

const segment = (value: unknown, route: Route, ids: Ids): string =>
  value instanceof Id ? escaped(ids.pick(value, route)) : String(value);

/** With the ids of what there is now. */
function resolved(value: unknown, route: Route, ids: Ids): unknown {
  if (value instanceof Id) {
    const id = ids.pick(value, route);
    return value.kind === "fence" ? Number(id) : id;
  }
  if (Array.isArray(value)) return value.map((each) => resolved(each, route, ids));
  if (typeof value !== "object" || value === null) return value;
  const copy = {};
  for (const [key, inner] of Object.entries(value))
    Object.defineProperty(copy, key, { value: resolved(inner, route, ids), enumerable: true });
  return copy;
}
