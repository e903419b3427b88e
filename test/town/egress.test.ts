/** What leaves a container, over the platform's own fetch. */
import { expect, inject, test } from "vitest";
import { withCredentials } from "../../src/dos/containers/egress.ts";
import type { Env } from "../../src/dos/env.ts";

const behind = `http://127.0.0.1:${inject("hostPort")}`;
const rule = {
  host: "git.test",
  headers: { authorization: "Basic x" },
  to: `${behind}/out`,
  paths: ["/echo", "/away"],
};
const send = (url: string, headers: Record<string, string> = {}) =>
  withCredentials(new Request(url, { headers, redirect: "manual" }), { EGRESS_RULES: JSON.stringify([rule]) } as Env);

test("credentials are put on outside of the container, in place of what it sent itself", async () => {
  const response = await send("https://git.test/echo?a=b", { authorization: "Basic own", accept: "text/plain" });
  expect(await response.json()).toMatchObject({
    path: "/out/echo?a=b",
    headers: { authorization: "Basic x", accept: "text/plain", host: `127.0.0.1:${inject("hostPort")}` },
  });
});

test("a request beside the rule's paths goes the same way, without credentials", async () => {
  const { path, headers } = await (await send("https://git.test/echoes")).json<{ path: string; headers: object }>();
  expect(path).toBe("/out/echoes");
  expect(headers).not.toHaveProperty("authorization");
});

test("a path that servers read differently goes nowhere, and the container is told why", async () => {
  const response = await send("https://git.test/echo%2f..%2faway");
  expect(response.status).toBe(403);
  expect(await response.text()).toContain("encoded slash");
});

test("a redirect goes back to the container, whether a rule is about the host or not", async () => {
  expect((await send("https://git.test/away")).status).toBe(302);
  expect((await send(`${behind}/out/away`)).status).toBe(302);
});
