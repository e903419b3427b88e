import { expect, test } from "vitest";
import { ColonRouter } from "../../src/api/router.ts";

test("a colon within a name is part of it, and one at the beginning of a part stands for whatever is there", () => {
  const router = new ColonRouter<string>();
  router.add("ALL", "/v1/*", "before");
  router.add("GET", "/v1/towns/:town/beads", "list");
  router.add("POST", "/v1/towns/:town/beads:batch", "batch");
  router.add("GET", "/v1/towns/:town/beads/:bead", "one");
  const found = (method: string, path: string) => {
    const [handlers] = router.match(method, path);
    return handlers.map(([handler]) => handler);
  };
  expect(found("POST", "/v1/towns/acme/beads:batch")).toEqual(["before", "batch"]);
  expect(found("GET", "/v1/towns/acme/beads")).toEqual(["before", "list"]);
  expect(found("GET", "/v1/towns/acme/beads/lib-1")).toEqual(["before", "one"]);
  for (const none of ["/v1/towns/acme/beads:other", "/v1/towns/acme/beads%20batch", "/v1/towns/acme/beadsbatch"])
    expect(found("POST", none)).toEqual(["before"]);
});
