/** The official client, against a Worker as `npm start` runs it: by the revision that begins with a handshake, and by the one without. */
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { expect, test } from "vitest";
import { aStage } from "./stage.ts";

// biome-ignore lint/suspicious/noExplicitAny: what a tool says is whatever the server said
type Any = any;

/** What a tool said. */
async function use(client: Client, name: string, given: Record<string, unknown> = {}): Promise<Any> {
  const { content, isError } = (await client.callTool({ name, arguments: given })) as Any;
  return { isError: isError ?? false, ...JSON.parse(content[0].text) };
}

test.each([
  ["legacy", "2025-11-25"],
  ["auto", "2026-07-28"],
] as const)("a model's client works by the tools: %s, %s", async (mode, revision) => {
  const { url, token } = await aStage();
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
  const headers = { authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  expect(client.getNegotiatedProtocolVersion()).toBe(revision);
  expect(client.getServerVersion()).toMatchObject({ name: "townkeeper" });
  expect(client.getInstructions()).toContain("create_beads");

  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toContain("explain_bead");
  const beads = [
    { ref: "a", rig: "app", title: "Add the endpoint" },
    { rig: "app", title: "Add the button", dependsOn: ["a"] },
  ];
  // The only town that there is need not be named.
  expect(await use(client, "create_beads", { beads })).toMatchObject({ items: [{ id: "app-1" }, { id: "app-2" }] });
  expect(await use(client, "list_ready_beads")).toMatchObject({ items: [{ id: "app-1" }] });
  expect(await use(client, "explain_bead", { bead: "app-2" })).toMatchObject({ isError: false });
  expect(await use(client, "close_bead", { bead: "app-1" })).toMatchObject({ isError: true, code: "invalid_input" });
  await use(client, "close_bead", { bead: "app-1", reason: "no need" });
  expect(await use(client, "list_ready_beads")).toMatchObject({ items: [{ id: "app-2" }] });
  await expect(client.callTool({ name: "launch_missiles", arguments: {} })).rejects.toThrow("There is no tool");
  await client.close();
});
