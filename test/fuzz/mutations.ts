/** How a valid request is made one that differs from it in one thing. */
import { JSON_TYPE } from "./document.ts";
import { HUGE, LONG, ODD_QUERIES, ODD_SEGMENTS, ODD_TEXTS, PROTOTYPE_WORDS, WRONG_TYPES } from "./odd-values.ts";
import type { Draft } from "./request.ts";
import { Id } from "./values.ts";

/** Changes a draft in place. @returns false: there is nothing of the kind to change */
type Mutation = (draft: Draft, pick: Pick) => boolean;

/** Chooses by what fast-check gave. */
type Pick = <T>(all: readonly T[]) => T;

type Holder = Record<string, unknown> | unknown[];
const isHolder = (value: unknown): value is Holder =>
  typeof value === "object" && value !== null && !(value instanceof Id);

/** Every place in a body: what holds it, and its key there. */
function placesIn(value: unknown, found: { of: Holder; key: string }[] = []): { of: Holder; key: string }[] {
  if (!isHolder(value)) return found;
  for (const key of Object.keys(value)) {
    found.push({ of: value, key });
    placesIn((value as Record<string, unknown>)[key], found);
  }
  return found;
}

const objectsIn = (value: unknown): Record<string, unknown>[] => {
  const inner = placesIn(value).map(({ of, key }) => (of as Record<string, unknown>)[key]);
  return [value, ...inner].filter((each): each is Record<string, unknown> => isHolder(each) && !Array.isArray(each));
};

const put = (holder: Holder, key: string, value: unknown): void => {
  // A name such as __proto__ must be a field of its own.
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
};

const replaced =
  (values: readonly unknown[]): Mutation =>
  (draft, pick) => {
    const places = placesIn(draft.body);
    if (places.length === 0) return false;
    const { of, key } = pick(places);
    put(of, key, pick(values));
    return true;
  };

const MARK = "a-number-is-to-stand-here";

const rewritten =
  (make: (text: string, pick: Pick) => string | Buffer): Mutation =>
  (draft, pick) => {
    if (draft.body === undefined) return false;
    draft.text = (text) => make(text, pick);
    return true;
  };

const headed =
  (name: string, values: readonly string[]): Mutation =>
  (draft, pick) => {
    draft.headers[name] = pick(values);
    return true;
  };

/** As in a path: what may not stand there is escaped already. */

export const mutations: Record<string, Mutation> = {
  missing(draft, pick) {
    const places = placesIn(draft.body);
    if (places.length === 0) return false;
    const { of, key } = pick(places);
    if (Array.isArray(of)) of.splice(Number(key), 1);
    else delete of[key];
    return true;
  },
  extra(draft, pick) {
    const objects = objectsIn(draft.body);
    if (objects.length === 0) return false;
    put(pick(objects), pick(["more", "id ", "Title", "$ref", ...PROTOTYPE_WORDS]), pick(WRONG_TYPES));
    return true;
  },
  "wrong type": replaced(WRONG_TYPES),
  "too long": replaced([...LONG, Array(501).fill("x"), Array(501).fill({ on: "x" }), Array(2_000).fill(0)]),
  "odd text": replaced(ODD_TEXTS),
  "prototype word": replaced([
    ...PROTOTYPE_WORDS,
    JSON.parse('{"__proto__":{"a":1}}'),
    { constructor: { prototype: {} } },
  ]),
  "huge number"(draft, pick) {
    if (!replaced([MARK])(draft, pick)) return false;
    draft.text = (text) => text.replace(`"${MARK}"`, pick(HUGE));
    return true;
  },
  deep: replaced([
    JSON.parse(`${"[".repeat(80)}${"]".repeat(80)}`),
    JSON.parse(`${'{"a":'.repeat(70)}1${"}".repeat(70)}`),
  ]),
  "twice the same key": rewritten((text, pick) => {
    const keys = [...text.matchAll(/"(\w+)":/g)].map(([, key]) => key);
    const twice = pick(keys.length > 0 ? keys : ["id"]);
    return text.startsWith("{")
      ? `{"${twice}":${pick(["null", '"x"', "1", "{}", "[]"])},${text.slice(1)}`.replace(",}", "}")
      : text;
  }),
  "broken body": rewritten((text, pick) =>
    pick<() => string | Buffer>([
      () => text.slice(0, -1),
      () => text.slice(0, Math.floor(text.length / 2)),
      () => `${text}${text}`,
      () => `${text},`,
      () => `\ufeff${text}`,
      () => Buffer.from(text, "utf16le"),
      () => Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff, 0xfe, 0xc3])]),
      () => text.replaceAll('"', "'"),
      () => `// a comment\n${text}`,
      () => "",
      () => " \n",
      () => "null",
      () => "[]",
      () => "7",
      () => '"text"',
      () => "[".repeat(50_000),
      () => "{".repeat(5_000),
      () => "\0".repeat(100),
      () => `${text.slice(0, -1)}, "more": NaN}`,
    ])(),
  ),
  "wrong content type": headed("content-type", [
    ...[
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/xml",
      "json",
      "",
      "*/*",
    ],
    ...[
      "application/json; charset=utf-16",
      "application/json;",
      "application/problem+json",
      "application/x-ndjson",
      "APPLICATION/JSON",
    ],
  ]),
  "wrong id"(draft, pick) {
    if (draft.path.length === 0) return false;
    pick(draft.path).value = pick(ODD_SEGMENTS);
    return true;
  },
  "another's id"(draft, pick) {
    if (draft.path.length === 0) return false;
    pick(draft.path).value = pick(["home", "side-0", "lib", "ada", "lib-1", "together", "1", "2", "far"]);
    return true;
  },
  "odd query"(draft, pick) {
    draft.moreQuery = pick(ODD_QUERIES);
    return true;
  },
  "odd If-Match": headed("if-match", ["*", '""', "W/", '"x"', '"a", "b"', ",", "x".repeat(4_000)]),
  "odd Idempotency-Key": headed("idempotency-key", ["", '"', '""', '"x', "x".repeat(201), "\u00e4", "a b", "again"]),
  "odd headers"(draft, pick) {
    const [name, value] = pick([
      ...[
        ["accept", "text/html"],
        ["accept", "image/*;q=0"],
        ["accept-encoding", "br;q=1.0, x"],
        ["x-request-id", "x".repeat(200)],
      ],
      ...[
        ["x-request-id", '"><script>'],
        ["last-event-id", "x"],
        ["range", "bytes=0-1"],
        ["expect-nothing", "1"],
        ["upgrade", "h2c"],
      ],
      ...[
        ["x-http-method-override", "DELETE"],
        ["x-forwarded-host", "evil.example"],
        ["host", "evil.example"],
        ["origin", "null"],
      ],
      ...[
        ["content-encoding", "gzip"],
        ["if-none-match", "*"],
        ["x-townkeeper-way", "x"],
        ["sec-websocket-protocol", "townkeeper, tks_x"],
      ],
    ] as [string, string][]);
    draft.headers[name] = value;
    return true;
  },
  "no token": headed("authorization", [
    "",
    "Bearer",
    "Bearer x",
    "Bearer tk_x_y",
    "Basic eDp5",
    "Bearer tks_a.b.c",
    "Bearer  ",
  ]),
  "another method"(draft, pick) {
    draft.method = pick(
      ["GET", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "HEAD", "PROPFIND"].filter((each) => each !== draft.method),
    );
    return true;
  },
};

export const isJson = (type: string | undefined): boolean => type === JSON_TYPE;
