/** Which rules for what leaves a container are refused, and which of two gives the headers. */
import { expect, test } from "vitest";
import { allowedHosts, egressRules } from "../../src/dos/containers/egress-rules.ts";

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
