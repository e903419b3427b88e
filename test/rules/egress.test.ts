/** What leaves a container with credentials, shape by shape: each address is written out, none is computed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { egressRules, outgoing } from "../../src/dos/containers/egress-rules.ts";
import { type Outcome, rules, shapes } from "./egress-shapes.ts";
import { wrong } from "./egress-wrong.ts";

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
