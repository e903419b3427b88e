/** The network that webhooks leave by under `npm start`: what a name resolves to is seen to by workerd, after DNS. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../../cli/preflight.ts";
import { spawnWorkerd } from "../../cli/workerd.ts";

/** Sends to the URL that it is asked with, by the way that webhooks go, or by the usual one. */
const CODE = `export default { async fetch(request, env) {
  const { searchParams } = new URL(request.url);
  const way = searchParams.get("way") === "webhooks" ? (env.WEBHOOK_NETWORK ?? globalThis) : globalThis;
  try { return new Response((await way.fetch(searchParams.get("to"))).status); } catch (error) { return new Response(String(error)); }
} };`;

async function aWorker(bindings: Record<string, string>): Promise<(way: string, to: string) => Promise<string>> {
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-test-"));
  writeFileSync(join(folder, "0"), CODE);
  const port = await freePort(0);
  const bundle = {
    folder,
    modules: [{ name: "worker.js", file: "0", isCode: true }],
    compatibilityDate: "2026-08-15",
    compatibilityFlags: [],
    vars: {},
    objects: {},
  };
  const setup = { bundle, port, bindings, storage: join(folder, "storage"), config: join(folder, "config.capnp") };
  const child = await new Promise<ReturnType<typeof spawnWorkerd>>((resolve) => {
    const started = spawnWorkerd(
      setup,
      () => resolve(started),
      () => undefined,
    );
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return async (way, to) => (await fetch(`http://127.0.0.1:${port}/?way=${way}&to=${encodeURIComponent(to)}`)).text();
}

async function aService(): Promise<{ port: number; asked: () => number }> {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked++;
    response.end("private");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, asked: () => asked };
}

test("a name that resolves to this machine is refused to webhooks after DNS, and the town still reaches its host", async () => {
  const { port, asked } = await aService();
  const send = await aWorker({});
  for (const host of ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]"])
    expect(await send("webhooks", `http://${host}:${port}/`)).not.toBe("200");
  expect(asked()).toBe(0);
  expect(await send("town", `http://127.0.0.1:${port}/`)).toBe("200");
  expect(await send("town", `http://localhost:${port}/`)).toBe("200");
});

test("what workerd says of a name that is none, and of a port where nobody listens, is told in plain words elsewhere", async () => {
  const send = await aWorker({});
  expect(await send("webhooks", "http://no-such-name.invalid/")).toMatch(/^Error: internal error; reference = /);
  expect(await send("town", `http://127.0.0.1:${await freePort(0)}/`)).toBe("Error: Network connection lost.");
});

test("with --private-webhooks they reach it", async () => {
  const { port } = await aService();
  const send = await aWorker({ WEBHOOKS_PRIVATE: "allow" });
  expect(await send("webhooks", `http://localhost:${port}/`)).toBe("200");
});
