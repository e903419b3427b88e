/** What leaves a container with credentials, shape by shape: each address is written out, none is computed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { allowedHosts, egressRules, outgoing } from "../../src/dos/containers/egress-rules.ts";

const KEY = { authorization: "Basic x" };
const rules = {
  paths: { host: "github.com", headers: KEY, paths: ["/you/app.git", "/you/lib/"] },
  whole: { host: "api.example.com", headers: KEY },
  star: { host: "*.example.com", headers: KEY },
  inner: { host: "api-*.example.com", headers: KEY },
  to: { host: "git.test", headers: KEY, to: "http://10.0.0.1:8080" },
  base: { host: "git.test", headers: KEY, to: "https://gateway.example/base/dir/" },
  toPaths: { host: "git.test", headers: KEY, to: "https://gateway.example/base", paths: ["/you"] },
  plain: { host: "git.test", headers: KEY, schemes: ["http"] },
  both: { host: "git.test", headers: KEY, schemes: ["https", "http"] },
  port: { host: "git.test", headers: KEY, ports: [8443] },
  ports: { host: "git.test", headers: KEY, ports: [443, 8443] },
  address: { host: "10.0.0.1", headers: KEY },
  six: { host: "[::1]", headers: KEY },
  single: { host: "gitserver", headers: KEY },
  encoded: { host: "git.test", headers: KEY, paths: ["/my%20team/app"] },
};

/** With the credentials, to this address; without them, to it; refused; or no rule is about it. */
type Outcome = `key ${string}` | `bare ${string}` | "refused" | "no rule";

const shapes: Record<keyof typeof rules, [url: string, outcome: Outcome][]> = {
  paths: [
    ["https://github.com/you/app.git", "key https://github.com/you/app.git"],
    ["https://github.com/you/app.git/", "key https://github.com/you/app.git/"],
    ["https://github.com/you/app.git/info/refs?service=x", "key https://github.com/you/app.git/info/refs?service=x"],
    ["https://github.com/you/app.git?a=/../b", "key https://github.com/you/app.git?a=/../b"],
    ["https://github.com/you/app.git#part", "key https://github.com/you/app.git"],
    ["https://github.com:443/you/app.git", "key https://github.com/you/app.git"],
    ["https://GitHub.COM/you/app.git", "key https://github.com/you/app.git"],
    ["HTTPS://github.com/you/app.git", "key https://github.com/you/app.git"],
    ["https://github.com/%79ou/app.git", "key https://github.com/%79ou/app.git"],
    ["https://github.com/you/app%2egit", "key https://github.com/you/app%2egit"],
    ["https://github.com/others/../you/app.git", "key https://github.com/you/app.git"],
    ["https://github.com/you/lib", "key https://github.com/you/lib"],
    ["https://github.com/you/lib/", "key https://github.com/you/lib/"],
    ["https://github.com/you/lib/a/b", "key https://github.com/you/lib/a/b"],
    ["https://github.com/you/app.git//x", "key https://github.com/you/app.git//x"],
    ["https://github.com\\you\\app.git", "key https://github.com/you/app.git"],
    ["https://user:word@github.com/you/app.git", "key https://github.com/you/app.git"],
    ["https://evil.example@github.com/you/app.git", "key https://github.com/you/app.git"],
    ["https://github.com/you/app.git/100%25", "key https://github.com/you/app.git/100%25"],
    ["https://github.com/you/app.git/%c3%a4", "key https://github.com/you/app.git/%c3%a4"],
    ["https://github.com/you/app.git/...", "key https://github.com/you/app.git/..."],
    ["https://github.com/you/app.git/@evil.example", "key https://github.com/you/app.git/@evil.example"],
    ["https://github.com/", "bare https://github.com/"],
    ["https://github.com", "bare https://github.com/"],
    ["https://github.com/you", "bare https://github.com/you"],
    ["https://github.com/you/", "bare https://github.com/you/"],
    ["https://github.com/you/app.gitevil", "bare https://github.com/you/app.gitevil"],
    ["https://github.com/you/app.git-evil/x", "bare https://github.com/you/app.git-evil/x"],
    ["https://github.com/you/app", "bare https://github.com/you/app"],
    ["https://github.com/you/libevil", "bare https://github.com/you/libevil"],
    ["https://github.com/You/app.git", "bare https://github.com/You/app.git"],
    ["https://github.com/others/app.git", "bare https://github.com/others/app.git"],
    ["https://github.com/x/you/app.git", "bare https://github.com/x/you/app.git"],
    ["https://github.com//you/app.git", "bare https://github.com//you/app.git"],
    ["https://github.com/you//app.git", "bare https://github.com/you//app.git"],
    ["https://github.com//evil.example/you/app.git", "bare https://github.com//evil.example/you/app.git"],
    ["https://github.com/you/app.git/../other", "bare https://github.com/you/other"],
    ["https://github.com/you/app.git/%2e%2e/other", "bare https://github.com/you/other"],
    ["https://github.com/you/app.git/%2E./other", "bare https://github.com/you/other"],
    ["https://github.com/you/app.git\\..\\other", "bare https://github.com/you/other"],
    ["https://github.com/you;x/app.git", "bare https://github.com/you;x/app.git"],
    ["https://github.com/?/you/app.git", "bare https://github.com/?/you/app.git"],
    ["https://github.com/#/you/app.git", "bare https://github.com/"],
    ["https://github.com/%2579ou/app.git", "bare https://github.com/%2579ou/app.git"],
    ["http://github.com/you/app.git", "bare http://github.com/you/app.git"],
    ["http://github.com:443/you/app.git", "bare http://github.com:443/you/app.git"],
    ["https://github.com:80/you/app.git", "bare https://github.com:80/you/app.git"],
    ["https://github.com:8443/you/app.git", "bare https://github.com:8443/you/app.git"],
    ["https://github.com:4433/you/app.git", "bare https://github.com:4433/you/app.git"],
    ["https://github.com/you/app.git%2f..%2f..%2fothers", "refused"],
    ["https://github.com/you/app.git/%2f..%2fother", "refused"],
    ["https://github.com/you/app.git/..%2fother", "refused"],
    ["https://github.com/you/app.git/..%2Fother", "refused"],
    ["https://github.com/you/app.git/%2e%2e%2fother", "refused"],
    ["https://github.com/you/app.git/..%5cother", "refused"],
    ["https://github.com/you%2fapp.git", "refused"],
    ["https://github.com/%2fyou/app.git", "refused"],
    ["https://github.com/you/app.git/%252f..%252fother", "refused"],
    ["https://github.com/you/app.git/%25252fother", "refused"],
    ["https://github.com/you/app.git/%252e%252e/other", "refused"],
    ["https://github.com/you/app.git/%255c..", "refused"],
    ["https://github.com/you/app.git/..;/other", "refused"],
    ["https://github.com/you/app.git/.;x/other", "refused"],
    ["https://github.com/you/app.git/%2e%2e;/other", "refused"],
    ["https://github.com/you/app.git/%00", "refused"],
    ["https://github.com/you/app.git/%0d%0aauthorization:%20y", "refused"],
    ["https://github.com/you/app.git/%c0%af..", "refused"],
    ["https://github.com/you/app.git/%c0%ae%c0%ae/other", "refused"],
    ["https://github.com/you/app.git/%zz", "refused"],
    ["https://github.com/you/app.git/%", "refused"],
    ["https://github.com/you/app.git/%e0%80%af", "refused"],
    ["https://github.com.evil.example/you/app.git", "no rule"],
    ["https://evilgithub.com/you/app.git", "no rule"],
    ["https://githubxcom/you/app.git", "no rule"],
    ["https://www.github.com/you/app.git", "no rule"],
    ["https://github.com@evil.example/you/app.git", "no rule"],
    ["https://github.com:x@evil.example/you/app.git", "no rule"],
    ["https://github.com:443@evil.example/you/app.git", "no rule"],
    ["https://evil.example/github.com/you/app.git", "no rule"],
    ["https://evil.example?github.com/you/app.git", "no rule"],
    ["https://evil.example#github.com/you/app.git", "no rule"],
    ["https://evil.example\\@github.com/you/app.git", "no rule"],
    ["https://github.com./you/app.git", "no rule"],
    ["https://github%2ecom.evil.example/you/app.git", "no rule"],
  ],
  whole: [
    ["https://api.example.com/", "key https://api.example.com/"],
    ["https://api.example.com/v1?a=b", "key https://api.example.com/v1?a=b"],
    ["https://api.example.com/@scope%2fname", "key https://api.example.com/@scope%2fname"],
    ["https://api.example.com//evil.example/x", "key https://api.example.com//evil.example/x"],
    ["https://api.example.com/%2f..%2f", "key https://api.example.com/%2f..%2f"],
    ["https://api.example.com/%zz", "key https://api.example.com/%zz"],
    ["https://API.example.com:443/x", "key https://api.example.com/x"],
    ["https://api.example.com/\\evil.example/x", "key https://api.example.com//evil.example/x"],
    ["http://api.example.com/v1", "bare http://api.example.com/v1"],
    ["https://api.example.com:444/v1", "bare https://api.example.com:444/v1"],
    ["ws://api.example.com/v1", "bare ws://api.example.com/v1"],
    ["ftp://api.example.com/v1", "bare ftp://api.example.com/v1"],
    ["https://example.com/v1", "no rule"],
    ["https://xapi.example.com/v1", "no rule"],
    ["https://api.example.com.evil.test/v1", "no rule"],
    ["https://api.example.community/v1", "no rule"],
  ],
  star: [
    ["https://api.example.com/v1", "key https://api.example.com/v1"],
    ["https://a.b.example.com/v1", "key https://a.b.example.com/v1"],
    ["http://api.example.com/v1", "bare http://api.example.com/v1"],
    ["https://api.example.com:8080/v1", "bare https://api.example.com:8080/v1"],
    ["https://example.com/v1", "no rule"],
    ["https://evilexample.com/v1", "no rule"],
    ["https://api.example.com.evil.test/", "no rule"],
    ["https://evil.test/.example.com", "no rule"],
    ["https://evil.test/?x=.example.com", "no rule"],
    ["https://x.example.com@evil.test/", "no rule"],
    ["https://api-example.com/", "no rule"],
    ["https://api.exampleXcom/", "no rule"],
    ["https://.example.com/v1", "no rule"],
  ],
  inner: [
    ["https://api-eu.example.com/v1", "key https://api-eu.example.com/v1"],
    ["https://api-eu.x.example.com/v1", "key https://api-eu.x.example.com/v1"],
    ["https://api.example.com/v1", "no rule"],
    ["https://xapi-eu.example.com/v1", "no rule"],
    ["https://api-evil.test/.example.com", "no rule"],
  ],
  to: [
    ["https://git.test/library.git/info/refs?a=b", "key http://10.0.0.1:8080/library.git/info/refs?a=b"],
    ["https://git.test/", "key http://10.0.0.1:8080/"],
    ["https://git.test//evil.example/x", "key http://10.0.0.1:8080//evil.example/x"],
    ["https://git.test///evil.example/x", "key http://10.0.0.1:8080///evil.example/x"],
    ["https://git.test/\\evil.example/x", "key http://10.0.0.1:8080//evil.example/x"],
    ["https://git.test/\\/evil.example/x", "key http://10.0.0.1:8080///evil.example/x"],
    ["https://git.test/\t/evil.example/x", "key http://10.0.0.1:8080//evil.example/x"],
    ["https://git.test/https://evil.example/x", "key http://10.0.0.1:8080/https://evil.example/x"],
    ["https://git.test/@evil.example/x", "key http://10.0.0.1:8080/@evil.example/x"],
    ["https://git.test/:80@evil.example/x", "key http://10.0.0.1:8080/:80@evil.example/x"],
    ["https://git.test/.evil.example/x", "key http://10.0.0.1:8080/.evil.example/x"],
    ["https://git.test/;//evil.example/x", "key http://10.0.0.1:8080/;//evil.example/x"],
    ["https://git.test/%2f%2fevil.example/x", "key http://10.0.0.1:8080/%2f%2fevil.example/x"],
    ["https://git.test/..//evil.example/x", "key http://10.0.0.1:8080//evil.example/x"],
    ["https://git.test/%2e%2e//evil.example/x", "key http://10.0.0.1:8080//evil.example/x"],
    ["https://git.test?//evil.example/x", "key http://10.0.0.1:8080/?//evil.example/x"],
    ["https://git.test#//evil.example/x", "key http://10.0.0.1:8080/"],
    ["https://user:word@git.test/x", "key http://10.0.0.1:8080/x"],
    ["http://git.test/x", "refused"],
    ["http://git.test:443/x", "refused"],
    ["https://git.test:8443/x", "refused"],
    ["https://git.test.evil.example/x", "no rule"],
  ],
  base: [
    ["https://git.test/", "key https://gateway.example/base/dir/"],
    ["https://git.test/x/y?z", "key https://gateway.example/base/dir/x/y?z"],
    ["https://git.test/base/dir/x", "key https://gateway.example/base/dir/base/dir/x"],
    ["https://git.test/base/dir/", "key https://gateway.example/base/dir/base/dir/"],
    ["https://git.test/../../x", "key https://gateway.example/base/dir/x"],
    ["https://git.test/%2e%2e/x", "key https://gateway.example/base/dir/x"],
    ["https://git.test//evil.example/x", "key https://gateway.example/base/dir//evil.example/x"],
    ["https://git.test/\\..\\..\\x", "key https://gateway.example/base/dir/x"],
    ["https://git.test/..%2f..%2fx", "refused"],
    ["https://git.test/..%5cx", "refused"],
    ["https://git.test/..;/x", "refused"],
    ["https://git.test/%252e%252e/x", "refused"],
    ["http://git.test/x", "refused"],
    ["https://git.test:444/x", "refused"],
    ["https://gateway.example/base/dir/x", "no rule"],
  ],
  toPaths: [
    ["https://git.test/you/x", "key https://gateway.example/base/you/x"],
    ["https://git.test/you", "key https://gateway.example/base/you"],
    ["https://git.test/yours", "bare https://gateway.example/base/yours"],
    ["https://git.test/", "bare https://gateway.example/base/"],
    ["https://git.test/you/../x", "bare https://gateway.example/base/x"],
    ["https://git.test/you%2f..%2fx", "refused"],
  ],
  plain: [
    ["http://git.test/x", "key http://git.test/x"],
    ["http://git.test:80/x", "key http://git.test/x"],
    ["https://git.test/x", "bare https://git.test/x"],
    ["http://git.test:8080/x", "bare http://git.test:8080/x"],
    ["http://git.test:443/x", "bare http://git.test:443/x"],
  ],
  both: [
    ["http://git.test/x", "key http://git.test/x"],
    ["https://git.test/x", "key https://git.test/x"],
    ["https://git.test:80/x", "bare https://git.test:80/x"],
    ["http://git.test:443/x", "bare http://git.test:443/x"],
    ["ftp://git.test/x", "bare ftp://git.test/x"],
  ],
  port: [
    ["https://git.test:8443/x", "key https://git.test:8443/x"],
    ["https://git.test/x", "bare https://git.test/x"],
    ["http://git.test:8443/x", "bare http://git.test:8443/x"],
    ["https://git.test:8444/x", "bare https://git.test:8444/x"],
  ],
  ports: [
    ["https://git.test/x", "key https://git.test/x"],
    ["https://git.test:443/x", "key https://git.test/x"],
    ["https://git.test:8443/x", "key https://git.test:8443/x"],
    ["https://git.test:80/x", "bare https://git.test:80/x"],
  ],
  address: [
    ["https://10.0.0.1/x", "key https://10.0.0.1/x"],
    ["https://167772161/x", "key https://10.0.0.1/x"],
    ["https://0xa.0.0.1/x", "key https://10.0.0.1/x"],
    ["https://10.0.0.10/x", "no rule"],
    ["https://10.0.0.1.evil.example/x", "no rule"],
  ],
  six: [
    ["https://[::1]/x", "key https://[::1]/x"],
    ["https://[0:0::1]/x", "key https://[::1]/x"],
    ["https://[::1]:8443/x", "bare https://[::1]:8443/x"],
    ["https://[::2]/x", "no rule"],
  ],
  single: [
    ["https://gitserver/x", "key https://gitserver/x"],
    ["https://gitserver.evil.example/x", "no rule"],
    ["http://gitserver/x", "bare http://gitserver/x"],
  ],
  encoded: [
    ["https://git.test/my%20team/app/x", "key https://git.test/my%20team/app/x"],
    ["https://git.test/my team/app", "key https://git.test/my%20team/app"],
    ["https://git.test/my%2520team/app", "bare https://git.test/my%2520team/app"],
    ["https://git.test/my+team/app", "bare https://git.test/my+team/app"],
  ],
};

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

test.each(wrong)("a rule with %s is refused, and nothing of its headers is said", (_what, changed, says) => {
  const refused = () =>
    egressRules(JSON.stringify([{ host: "github.com", headers: { authorization: "hush" }, ...changed }]));
  expect(refused).toThrow(says);
  expect(refused).not.toThrow(/hush/);
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

test("rules that can't be read are refused without a word of what they hold", () => {
  expect(() => egressRules("[{hush")).toThrow("no JSON");
  expect(() => egressRules("[{hush")).not.toThrow(/hush/);
  expect(egressRules(undefined)).toEqual([]);
});

test("hosts are a list; a star opens everything; what is no host name is said", () => {
  expect(allowedHosts("registry.npmjs.org, *.pypi.org")).toEqual(["registry.npmjs.org", "*.pypi.org"]);
  expect(allowedHosts(undefined)).toEqual([]);
  expect(allowedHosts("a.test,*")).toBeNull();
  for (const name of ["https://a.test", "a.test/x", "a.test:443", "A.test"])
    expect(() => allowedHosts(`b.test, ${name}`)).toThrow(`"${name}" is not a host name`);
});
