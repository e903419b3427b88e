/** A town tells a restarted host from one that lives on by its boot id, so every answer to whoever is let in has it. */
import { mkdirSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeHost, makeRepository, makeTown, mergeOf, startOf } from "./support.ts";

/** A body that does not say how long it is. */
function chunked(port: number, path: string, bytes: number): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: "Bearer test-host-token", "content-type": "application/json" };
    const request = httpRequest({ port, host: "127.0.0.1", method: "PUT", path, headers }, async (response) => {
      let text = "";
      for await (const part of response) text += part;
      resolve({ status: response.statusCode ?? 0, text });
    });
    request.on("error", reject);
    request.write("x".repeat(bytes));
    request.end();
  });
}

test("every answer to whoever is let in says which boot of the host gave it", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost({ maxRuns: 2 })];
  const { url } = repository;
  const head = repository.push("town/landing/1", "origin/main", { "a.txt": "a" });
  const landing = mergeOf(town, url, { head, bead: "landing", branch: "town/landing/1" });
  // A folder where a fence file should be: an error of the host's own.
  mkdirSync(join(host.state, "fences/demo/agents/broken"), { recursive: true });
  const answers: [string, number, { status: number; text: string }][] = [
    ["health", 200, await host.call("GET", "/v1/health")],
    ["runs", 200, await host.call("GET", "/v1/runs")],
    ["start", 202, await host.start(startOf(town, url, { fence: 2 }))],
    ["start, again", 200, await host.start(startOf(town, url, { fence: 2 }))],
    ["start, fenced", 409, await host.start(startOf(town, url, { fence: 1 }))],
    ["start, no command", 409, await host.start(startOf(town, url, { fence: 3, command: ["no-such-agent"] }))],
    ["start, protocol", 409, await host.call("PUT", "/v1/runs/amy", { ...startOf(town, url), protocol: 9 })],
    ["start, not JSON", 400, await host.call("PUT", "/v1/runs/amy", "{")],
    ["start, does not fit", 400, await host.call("PUT", "/v1/runs/amy", {})],
    ["start, other agent", 400, await host.call("PUT", "/v1/runs/bob", startOf(town, url))],
    ["start, too large", 413, await host.call("PUT", "/v1/runs/amy", "x".repeat(1_100_000))],
    ["start, too large, unannounced", 413, await chunked(host.port, "/v1/runs/amy", 1_100_000)],
    ["start, host's error", 500, await host.start(startOf(town, url, { fence: 4, agent: "broken" }))],
    ["land", 202, await host.merge(landing)],
    ["land, again", 200, await host.merge(landing)],
    ["land, fenced", 409, await host.merge({ ...landing, fence: 1 })],
    ["land, does not fit", 400, await host.call("POST", "/v1/merges", {})],
    ["land, default branch", 400, await host.merge({ ...landing, branch: "main" })],
    ["stop", 200, await host.stop("amy", 2)],
    ["stop, does not fit", 400, await host.call("DELETE", "/v1/runs/amy?fence=0")],
    ["no such route", 404, await host.call("GET", "/v1/elsewhere")],
    ["no such method", 404, await host.call("PATCH", "/v1/runs/amy", {})],
    ["no such escape", 404, await host.call("GET", "/v1/runs/%E0%A4%A")],
  ];
  const { bootId } = JSON.parse(answers[0]?.[2].text ?? "{}");
  expect(bootId).toMatch(/^[0-9a-f-]{36}$/);
  const bootIdIn = (text: string) => (text.startsWith("{") ? JSON.parse(text).bootId : text);
  expect(answers.map(([what, , answer]) => [what, answer.status, bootIdIn(answer.text)])).toEqual(
    answers.map(([what, status]) => [what, status, bootId]),
  );
});

test("a full or leaving host says it as well; a stranger is told nothing", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost({ maxRuns: 1 })];
  const { bootId } = (await host.call("GET", "/v1/health")).body;
  await host.start(startOf(town, repository.url));
  const full = await host.start(startOf(town, repository.url, { fence: 2, agent: "bob", bead: "other" }));
  expect(full.body).toMatchObject({ code: "at_capacity", bootId });
  const draining = host.drain();
  const late = [
    await host.start(startOf(town, repository.url, { fence: 3 })),
    await host.merge(mergeOf(town, repository.url, { head: repository.head() })),
  ];
  expect(late.map(({ body }) => [body.code, body.bootId])).toEqual([
    ["draining", bootId],
    ["draining", bootId],
  ]);
  await draining;
});
