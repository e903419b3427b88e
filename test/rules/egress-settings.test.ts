/** Which rules for what leaves a container are refused, and which of two gives the headers. */
import { expect, test } from "vitest";
import { allowedHosts, egressRules } from "../../src/dos/containers/egress-rules.ts";
import { wrong } from "./egress-wrong.ts";

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
