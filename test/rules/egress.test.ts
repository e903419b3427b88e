/** What leaves a container with credentials, shape by shape: each address is written out, none is computed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { egressRules, outgoing } from "../../src/dos/containers/egress-rules.ts";
import { type Outcome, rules, shapes } from "./egress-shapes.ts";

const outcome = (url: string, given: unknown[]): Outcome => {
  const out = outgoing(new URL(url), egressRules(JSON.stringify(given)));
  if (!out) return "no rule";
  if ("refused" in out) return "refused";
  return `${out.headers.length > 0 ? "key" : "bare"} ${out.url}`;
};

const table = Object.entries(shapes).flatMap(([name, rows]) =>
  rows.map(([url, expected]) => ({ name: name as keyof typeof rules, url, expected })),
);

test.each(table)("rule $name: $url is $expected", ({ name, url, expected }) => {
  expect(outcome(url, [rules[name]])).toBe(expected);
});

const wrong: [what: string, rule: Record<string, unknown>, says: RegExp][] = [
  ["a port in the host", { host: "github.com:443" }, /0\.host: a host name alone/],
  ["another port in the host", { host: "github.com:8443" }, /0\.host: a host name alone/],
  ["a scheme in the host", { host: "https://github.com" }, /0\.host: a host name alone/],
  ["a path in the host", { host: "github.com/you" }, /0\.host: a host name alone/],
  ["a user in the host", { host: "you@github.com" }, /0\.host: a host name alone/],
  ["capitals in the host", { host: "GitHub.com" }, /0\.host: a host name alone/],
  ["a blank in the host", { host: "github .com" }, /0\.host: a host name alone/],
  ["a line break in the host", { host: "github.com\n" }, /0\.host: a host name alone/],
  ["no host", { host: "" }, /0\.host: a host name alone/],
  ["a query in the host", { host: "github.com?x" }, /0\.host: a host name alone/],
  ["an address that URLs spell otherwise", { host: "10.1" }, /0\.host: a host name alone/],
  ["an unbracketed address", { host: "::1" }, /0\.host: a host name alone/],
  ["a name with other letters", { host: "münchen.example" }, /0\.host: a host name alone/],
  ["a star alone", { host: "*" }, /0\.host: a star stands in the first label/],
  ["a star for all of a domain", { host: "*.com" }, /0\.host: a star stands in the first label/],
  ["a star within a name", { host: "*hub.com" }, /0\.host: a star stands in the first label/],
  ["a star at the end", { host: "github.*" }, /0\.host: a star stands in the first label/],
  ["a star in the middle", { host: "api.*.example.com" }, /0\.host: a star stands in the first label/],
  ["two stars", { host: "*.*.example.com" }, /0\.host: a star stands in the first label/],
  ["two stars in a label", { host: "a*b*.example.com" }, /0\.host: a star stands in the first label/],
  [
    "a line break in a value",
    { headers: { authorization: "hush\r\nx: y" } },
    /0\.headers\.authorization: a header's value/,
  ],
  [
    "a line feed in a value",
    { headers: { authorization: "hush\nx: y" } },
    /0\.headers\.authorization: a header's value/,
  ],
  [
    "a line feed after a value",
    { headers: { authorization: "hush\n" } },
    /0\.headers\.authorization: a header's value/,
  ],
  ["a blank after a value", { headers: { authorization: "hush " } }, /0\.headers\.authorization: a header's value/],
  ["a zero byte in a value", { headers: { authorization: "hush\0" } }, /0\.headers\.authorization: a header's value/],
  [
    "letters that headers can't hold",
    { headers: { authorization: "hush…" } },
    /0\.headers\.authorization: a header's value/,
  ],
  ["an empty value", { headers: { authorization: "" } }, /0\.headers\.authorization: a header's value/],
  ["a line break in a header's name", { headers: { "x\r\ny": "hush" } }, /0\.headers/],
  ["a colon in a header's name", { headers: { "x:y": "hush" } }, /0\.headers/],
  ["a blank in a header's name", { headers: { "x y": "hush" } }, /0\.headers/],
  ["capitals in a header's name", { headers: { Authorization: "hush" } }, /0\.headers/],
  ["a header that says whom it goes to", { headers: { host: "evil.example" } }, /0\.headers/],
  ["a header that says where it ends", { headers: { "content-length": "1" } }, /0\.headers/],
  ["a path without a slash", { paths: ["you"] }, /0\.paths\.0/],
  ["no paths at all", { paths: [] }, /0\.paths/],
  ["a path with an encoded slash", { paths: ["/you%2fapp"] }, /0\.paths\.0: a path without/],
  ["a path that climbs", { paths: ["/you/../app"] }, /0\.paths\.0: a path without/],
  ["a path with a query", { paths: ["/you?x"] }, /0\.paths\.0: a path alone/],
  ["a path with a broken encoding", { paths: ["/you%zz"] }, /0\.paths\.0: a path without/],
  ["another scheme to go to", { to: "ftp://gateway.example" }, /0\.to/],
  ["no address to go to", { to: "gateway.example" }, /0\.to/],
  ["a user in the address", { to: "https://you:word@gateway.example" }, /0\.to: an http or https address/],
  ["a query in the address", { to: "https://gateway.example/?x=" }, /0\.to: an http or https address/],
  ["a fragment in the address", { to: "https://gateway.example/#x" }, /0\.to: an http or https address/],
  ["an encoded slash in the address", { to: "https://gateway.example/a%2fb" }, /0\.to: an http or https address/],
  ["a scheme that is none", { schemes: ["ftp"] }, /0\.schemes/],
  ["no scheme", { schemes: [] }, /0\.schemes/],
  ["a port that is none", { ports: [0] }, /0\.ports/],
  ["a port beyond all", { ports: [65_536] }, /0\.ports/],
  ["a key that is no part of a rule", { path: "/you" }, /path/],
];

test("at least 150 shapes are held", () => {
  expect(table.length + wrong.length).toBeGreaterThanOrEqual(150);
});

test("whatever is in an address, credentials go to their host alone, by https on its port", () => {
  const given = [rules.paths, rules.star, rules.to, rules.base];
  const parsed = egressRules(JSON.stringify(given));
  const origin = /^(https:\/\/github\.com\/|https:\/\/[^/:@]+\.example\.com\/|http:\/\/10\.0\.0\.1:8080\/)/;
  const part = fc.constantFrom(
    ...["/", "\\", "//", "@", ":", "?", "#", "%2f", "%5c", "..", "%2e", ";", ".", "443", "8443", "you", "app.git"],
    ...["github.com", "evil.example", ".example.com", "git.test", "\t", "\n", "%00", "%", "ä", "x"],
  );
  const address = fc.tuple(fc.constantFrom("https://", "http://", "https:\\\\"), fc.array(part, { maxLength: 9 }));
  fc.assert(
    fc.property(address, ([scheme, parts]) => {
      const url = URL.parse(scheme + parts.join(""));
      const out = url && outgoing(url, parsed);
      if (!out || "refused" in out || out.headers.length === 0) return;
      expect(out.url).toMatch(origin);
      expect(new URL(out.url).href).toBe(out.url);
    }),
    { numRuns: 5_000 },
  );
});

test("of two rules for one host, the one whose paths the request is below gives the headers", () => {
  const given = [
    { host: "github.com", headers: { authorization: "Basic one" }, paths: ["/you"] },
    { host: "github.com", headers: { authorization: "Basic two" }, paths: ["/team"] },
  ];
  const parsed = egressRules(JSON.stringify(given));
  const of = (path: string) => {
    const out = outgoing(new URL(path, "https://github.com"), parsed);
    return out && "headers" in out ? out.headers : out;
  };
  expect(of("/you/app.git")).toEqual([["authorization", "Basic one"]]);
  expect(of("/team/app.git")).toEqual([["authorization", "Basic two"]]);
  expect(of("/others/app.git")).toEqual([]);
});
