/** A Worker as `npm start` runs it, with a town, and a door beside it through which one comes without a token. */
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { boot } from "../e2e/town.ts";
import { makeRepository } from "../host/support.ts";

/** Its one town is called `home`, and has a rig. */
export async function aStage() {
  const { services, token } = await boot();
  await services.api.createTown({ name: "home" });
  await services.api.addRig("home", { id: "app", repoUrl: makeRepository().url });
  return { url: `${services.url}/mcp`, token };
}

/** The conformance suite sends no token. All else of a request goes on as it came, its `Host` and `Origin` too. */
export async function openDoor(to: string, token: string): Promise<string> {
  const { hostname, port, pathname } = new URL(to);
  const door = createServer((asked, answer) => {
    const { method, headers } = asked;
    const on = { hostname, port, path: pathname, method, headers: { ...headers, authorization: `Bearer ${token}` } };
    const passed = request(on, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    answer.on("close", () => passed.destroy());
    asked.pipe(passed);
  });
  await new Promise<void>((listening) => void door.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    door.closeAllConnections();
    door.close();
  });
  return `http://127.0.0.1:${(door.address() as AddressInfo).port}${pathname}`;
}
