/** Tokens go where they were meant to go, whatever answers there. */
import { randomUUID } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { TownChannel } from "../../host/join.ts";
import { postReports } from "../../host/post-report.ts";

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.on("upgrade", (request, socket) => {
    // What a server answers that leads elsewhere instead of opening a channel.
    listener(request, {
      writeHead: (_status: number, headers: Record<string, string>) => {
        socket.end(`HTTP/1.1 307 Temporary Redirect\r\nlocation: ${headers.location}\r\ncontent-length: 0\r\n\r\n`);
        return { end: () => undefined };
      },
    } as never);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that leads elsewhere, and what reached it and elsewhere. */
async function leadsAway() {
  const seen = { here: 0, elsewhere: 0 };
  const elsewhere = await serve((_request, response) => {
    seen.elsewhere++;
    response.writeHead(200, { location: "" }).end("{}");
  });
  const here = await serve((_request, response) => {
    seen.here++;
    response.writeHead(307, { location: `${elsewhere}/v1/towns/demo/reports` }).end();
  });
  return { here, seen };
}

test("a report is not sent on to where its town leads, and counts as not delivered", async () => {
  const { here, seen } = await leadsAway();
  const reporting = { url: `${here}/v1/towns/demo/reports`, token: "run-token", heartbeatMs: 1_000, leaseMs: 5_000 };
  const heartbeat = {
    kind: "heartbeat",
    agent: "amy",
    bead: "fix-it",
    fence: 1,
    seq: 1,
    agentActiveAtMs: null,
  } as const;
  expect(await postReports(reporting, { bootId: randomUUID(), places: null, frames: null }, [heartbeat])).toMatchObject(
    {
      kind: "failed",
    },
  );
  expect(seen).toEqual({ here: 1, elsewhere: 0 });
});

test("a host does not join elsewhere with its token because its town leads there", async () => {
  const { here, seen } = await leadsAway();
  const joining = {
    url: `${here}/v1/towns/demo/hosts/box`,
    token: "host-token",
    bootId: randomUUID(),
    log: () => undefined,
    frames: null,
  };
  const channel = new TownChannel({ ...joining, answer: () => new Response() });
  for (let waited = 0; seen.here === 0 && waited < 100; waited++) await sleep(50);
  await sleep(200);
  channel.close();
  expect(seen.here).toBeGreaterThan(0);
  expect(seen.elsewhere).toBe(0);
});
