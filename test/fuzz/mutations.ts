/** How a valid request is made one that differs from it in one thing. */
import { JSON_TYPE } from "./document.ts";
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

const PROTOTYPE_WORDS = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "then"];
const ODD_TEXTS = [
  ...[
    "\ud800",
    "x\udfff",
    "\0",
    "a\0b",
    "\u202egnp.exe",
    "\uffff",
    "\ufeff",
    "e\u0301".repeat(30),
    "👩‍👩‍👧‍👦",
    "\r\n",
    "\u001b]0;x\u0007",
  ],
  ...[
    "",
    " ",
    "\t",
    "-",
    "--help",
    "..",
    "../../etc/passwd",
    ".",
    "/",
    "%00",
    "%2e%2e",
    "NaN",
    "null",
    "undefined",
    "true",
  ],
  ...[
    "' OR 1=1 --",
    '"; DROP TABLE beads; --',
    "${7*7}",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "A",
    "a--b",
    "-a",
    "a_",
  ],
];
const LONG = [61, 81, 201, 1_001, 4_001, 16_001, 64_001, 200_000].map((length) => "x".repeat(length));
const WRONG_TYPES = [null, true, false, 0, -1, 1.5, "x", [], {}, [[]], [null], { a: 1 }, ["x", 1], [{}]];
/** As they are written: some are no number that JSON or a double can hold. */
const HUGE = [
  "1e308",
  "-1e308",
  "1e999",
  "-1e999",
  "9007199254740993",
  "-9007199254740993",
  "2147483648",
  "4294967296",
  "1e-320",
  "-0",
];
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
const ODD_SEGMENTS = [
  ...[
    "__proto__",
    "constructor",
    "A",
    "a_b",
    "-",
    "a--b",
    "0",
    "-1",
    "00",
    "1.0",
    "1e3",
    "999999999999999",
    "1".repeat(300),
  ],
  ...["%2e%2e", "..", ".", "%00", "a%00", "%2f", "a%2fb", "%5c", "%ff", "%c0%af", "%ed%a0%80", "%e2%80%ae", "%", "%zz"],
  ...[
    "x".repeat(61),
    "x".repeat(5_000),
    "%27%20OR%201=1",
    "self",
    "*",
    "nobody",
    "%3Cscript%3E",
    "a;b",
    "a,b",
    "a:b",
    "%0d%0aX:1",
  ],
];
const ODD_QUERIES = [
  ...[
    "colour=red",
    "__proto__=1",
    "constructor[name]=1",
    "limit[]=1",
    "=",
    "&&&",
    "a=%00",
    "%ff=%ff",
    "x=".padEnd(4_000, "y"),
  ],
  ...["limit=0", "limit=-1", "limit=201", "limit=1e2", "limit=x", "limit=", "limit=1&limit=2", "limit=%31"],
  ...[
    "cursor=c",
    "cursor=c%00",
    "cursor=czzzzzzzzzzzz",
    "cursor=x",
    "cursor=",
    "status=open,",
    "status=",
    "status=no",
    "since=now",
  ],
  ...[
    "follow=false",
    "follow=",
    "after=-1",
    "after=1e3",
    "kinds=",
    "kinds=all",
    "dryRun=yes",
    "dryRun=True",
    "drain=1",
    "rig=..",
    "text=%25",
  ],
];

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

/** Of a body that isn't JSON: lines that one may import. */
export const LINES = [
  '{"id":"x-1","title":"one"}',
  '{"id":"x-2","title":"two","dependencies":[{"issue_id":"x-2","depends_on_id":"x-1","type":"blocks"}]}',
  '{"id":"x-3","title":"three","status":"closed","closed_at":"2026-01-02T03:04:05Z"}',
  '{"id":"x-4","title":"four","issue_type":"epic","priority":1,"labels":["a"]}',
  "",
  "not json",
  '{"id":7}',
  '{"__proto__":{"id":"x"},"title":"t"}',
  '{"id":"x-1","title":"one again"}',
  "[]",
  "null",
];

export const isJson = (type: string | undefined): boolean => type === JSON_TYPE;
