/** What agents, gates and git print reaches nobody with a secret in it, whole or in part. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Listener } from "../../host/listener.ts";
import { Printed } from "../../host/printed.ts";
import { neverShow, redact, redactEnd, redactStart, secretsIn } from "../../host/redact.ts";
import { unlimited } from "./program.ts";

const LETTERS = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ2bC4eF6hJ8kL0n";
const JWT = `eyJhbGciOiJIUzI1NiJ9.${LETTERS}.${LETTERS}`;
const KEY = `-----BEGIN RSA PRIVATE KEY-----\n${LETTERS}\n${LETTERS}\n-----END RSA PRIVATE KEY-----`;

/** A text, and what of it may be seen nowhere. */
const leaks: [what: string, text: string, secret: string][] = [
  ...[
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "sk-",
    "sk-ant-api03-",
    "sk-proj-",
    "npm_",
    "hf_",
    "sk_live_",
  ].map((prefix): [string, string, string] => [`a token ${prefix}`, `use ${prefix}${LETTERS}.`, LETTERS.slice(0, 20)]),
  ["a key of AWS", "key AKIAIOSFODNN7EXAMPLE here", "IOSFODNN7EXAMPLE"],
  ["a key of Google", `AIza${LETTERS}`, LETTERS.slice(0, 20)],
  ["a token of Slack", "xoxb-123456789012-abcdef", "123456789012"],
  ["a JWT", `token: ${JWT};`, LETTERS],
  ["a private key", `it is\n${KEY}\nso`, LETTERS],
  ["a private key in JSON", JSON.stringify({ key: KEY }), LETTERS],
  ["the end of a private key", `${LETTERS}\n-----END PRIVATE KEY-----`, LETTERS],
  ["a password in a URL", "fatal: https://me:hunter2secret@git.invalid/x: no", "hunter2secret"],
  ["a password with an @", "https://me:hunter2@secret@git.invalid/x", "secret"],
  ["a user that is a token", `https://${LETTERS}@git.invalid/x`, LETTERS],
  ["a bearer", `Authorization: Bearer ${LETTERS}`, LETTERS],
  ["a basic header", "> authorization: Basic bWU6aHVudGVyMg==", "bWU6aHVudGVyMg"],
  ["a header of JSON", `{"Authorization":"token ${LETTERS}"}`, LETTERS],
  ["a header with a key", `-H 'x-api-key: ${LETTERS}'`, LETTERS],
  ["a URL's query", "GET /x?a=b&access_token=hunter2secret&c=d", "hunter2secret"],
  ["a token behind an escape", `"text":"\\nsk-${LETTERS}"`, LETTERS],
  ["a token in an encoded URL", `?u=x%3Dghp_${LETTERS}`, LETTERS.slice(0, 20)],
];

test.each(leaks)("%s is taken out of a text", (_what, text, secret) => {
  expect(redact(text)).not.toContain(secret);
  expect(redact(text)).toContain("***");
});

test("what surrounds a secret, and what only looks a little like one, is left", () => {
  expect(redact(`before ghp_${LETTERS} after`)).toBe("before *** after");
  expect(redact("fatal: https://me:pw@git.invalid/x.git: no")).toBe("fatal: https://***@git.invalid/x.git: no");
  for (const text of [
    "task-management-of-many-things in risk-assessment-for-something",
    "gtk_widget_set_size_request npm_config_user_agent",
    "see https://example.com/a?b=c and mail me@example.com",
    "-----BEGIN CERTIFICATE-----",
    "the bearer of this",
    "1234567 commits, sha 0123456789abcdef0123456789abcdef01234567",
  ])
    expect(redact(text)).toBe(text);
});

test("registered values are hidden for as long as someone wants that, in the spellings of URLs and JSON too, line by line", () => {
  const first = neverShow("pass/word with+blanks");
  const second = neverShow("pass/word with+blanks", "line one of it\nline two of it");
  const spelled = `pass/word with+blanks ${encodeURIComponent("pass/word with+blanks")}`;
  expect(redact(spelled)).toBe("*** ***");
  expect(redact("> line two of it")).toBe("> ***");
  first();
  first();
  expect(redact(spelled)).toBe("*** ***");
  second();
  expect(redact(spelled)).toBe(spelled);
});

test("an environment's secrets are told by their names, and passwords in the URLs that it holds", () => {
  const env = {
    MODEL_API_KEY: "a-model-key",
    GITHUB_PAT: "a-github-pat",
    MYSQL_PWD: "a-database-password",
    DATABASE_URL: "postgres://me:a-url-password@db.invalid/x",
    SHORT_TOKEN: "short",
    PWD: "/home/somebody",
    TOKEN_FILE: "/run/secrets/token",
    EDITOR: "vi-with-a-long-name",
  };
  expect(secretsIn(env).sort()).toEqual(["a-database-password", "a-github-pat", "a-model-key", "a-url-password"]);
});

/** Everything that reports would tell, with a look after each piece. */
function told(pieces: readonly string[], secrets: readonly string[], looks: number): string {
  const printed = new Printed(secrets);
  const [source, other] = [printed.source(), printed.source()];
  let all = "";
  for (const piece of pieces) {
    source.add(piece);
    other.add("noise of another stream\n");
    for (let look = 0; look < looks; look++) all += printed.takeNews() ?? "";
  }
  all += printed.takeNews(true) ?? "";
  return `${all}\n${printed.tail}`.replaceAll("noise of another stream\n", "");
}

const PHRASE = "correct horse battery staple";

test.each([
  ...leaks.filter(([what]) => !what.startsWith("the end of")),
  ["a phrase", `it is ${PHRASE} now`, "horse battery"],
] as const)(
  "%s that is printed in two writes with a pause between is not told, wherever it is torn",
  (_what, text, secret) => {
    for (let at = 1; at < text.length; at++)
      for (const looks of [1, 3]) {
        const all = told([text.slice(0, at), text.slice(at)], [PHRASE], looks);
        expect(all).not.toContain(secret);
        // Nor both halves, one after the other.
        expect(all.replaceAll(/[\n*]/g, "")).not.toContain(secret.replaceAll("\n", ""));
      }
  },
);

test("a registered value is told in no piece of six characters, however it is torn and whatever surrounds it", () => {
  const value = "v4lue-th4t-n0body-m4y-see";
  const word = fc.constantFrom("a", " ", "\n", "\r", "so ", value, "https://", "@", "key=");
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 8 }),
      fc.array(fc.nat(60), { maxLength: 6 }),
      fc.integer({ min: 0, max: 3 }),
      (words, cuts, looks) => {
        const text = words.join("");
        const ends = [0, ...cuts.sort((a, b) => a - b), text.length];
        const all = told(
          ends.map((end, at) => text.slice(ends[at - 1] ?? 0, end)),
          [value],
          looks,
        );
        for (let at = 0; at + 6 <= value.length; at++) expect(all).not.toContain(value.slice(at, at + 6));
      },
    ),
    { numRuns: 500 },
  );
});

test("a line without end is told with how much of it is left out, and what follows it is told again", () => {
  const printed = new Printed();
  const source = printed.source();
  for (let piece = 0; piece < 1_000; piece++) source.add("x".repeat(1_000));
  source.add(` and its end ghp_${LETTERS}`);
  expect(printed.takeNews()).toBe(null);
  expect(printed.takeNews()).toBe(null);
  source.add("\nand then\n");
  const news = printed.takeNews() ?? "";
  expect(news).toMatch(/^\[… \d+ characters left out\]\nx+ and its end \*\*\*\nand then\n$/);
  expect(news.length).toBeLessThanOrEqual(8_000);
  source.add(`${"y".repeat(50_000)}\n`);
  source.add("y".repeat(50_000));
  source.add(`${"y".repeat(50_000)}z`);
  expect(printed.tail.endsWith("yz")).toBe(true);
});

test("a secret at either side of a cut in a long line is not told in part", () => {
  const value = "v4lue-th4t-n0body-m4y-see";
  for (const at of [11_990, 12_000, 15_990, 16_000, 40_000, 83_990, 84_000, 99_990]) {
    const printed = new Printed([value]);
    const source = printed.source();
    const line = `${"x".repeat(at)}${value}${"y".repeat(100_000 - at)}`;
    for (let from = 0; from < line.length; from += 1_000) source.add(line.slice(from, from + 1_000));
    source.add("\n");
    const all = `${printed.takeNews()}${printed.tail}`;
    for (let part = 0; part + 6 <= value.length; part++) expect(all).not.toContain(value.slice(part, part + 6));
  }
});

test("whoever prints the words that begin a private key is heard again", () => {
  const printed = new Printed();
  const source = printed.source();
  source.add("-----BEGIN PRIVATE KEY-----\n");
  for (let line = 0; line < 3_000; line++) source.add("nothing secret\n");
  source.add("the end\n");
  expect(printed.tail).toContain("nothing secret\nthe end\n");
});

test("a message that an agent says in pieces is told without its last word until it is said", () => {
  const listener = new Listener({ ...unlimited, preset: "exec", driver: "acp" }, []);
  listener.learn({ step: { message: "My key is ghp_abcd", growing: true } });
  expect(listener.takeStep()).toEqual({ message: "My key is" });
  listener.learn({ step: { message: `My key is ghp_${LETTERS}`, growing: true } });
  expect(listener.takeStep()).toEqual({ message: "My key is" });
  listener.learn({ step: { growing: false } });
  expect(listener.takeStep()).toEqual({ message: "My key is ***" });
  expect(listener.takeStep()).toBe(null);
});

test("where a text is cut, no half of a secret stays", () => {
  const value = "a-value-that-is-registered";
  const mayShow = neverShow(value);
  expect(redactStart(`${"x ".repeat(148)}${value} ${"y".repeat(9_000)}`, 300)).not.toContain("a-val");
  expect(redactEnd(`${value}\nrest\n`, 20)).toBe("rest\n");
  mayShow();
});
