/** A town to look at: the sample's, in the midst of its work, with what goes wrong in real ones. */

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repoRoot } from "../../cli/paths.ts";
import { PRESETS } from "../../src/lib/scopes.ts";

/** A busy machine takes minutes for what takes seconds. */
const WAIT_MS = 300_000;

export async function showcase() {
  const state = mkdtempSync(join(tmpdir(), "townkeeper-showcase-"));
  const child = spawn(
    process.execPath,
    [join(repoRoot, "cli/main.ts"), "--port", "0", "--state", state, "--private-webhooks"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const receiver = await aReceiver();
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  await until(() => /ready in/.test(said));
  const url = readFileSync(join(state, "url"), "utf8").trim();
  const token = readFileSync(join(state, "token"), "utf8").trim();
  const sendTo = (at: string) => async (method: string, path: string, body?: unknown) => {
    const response = await fetch(at + path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return response.json();
  };
  const send = sendTo(`${url}/v1/towns/sample`);
  await until(() => /of 14 closed/.test(said));
  // As it would be called elsewhere, and by no path of this machine.
  await send("PATCH", "/rigs/lib", { gate: ["node", "scripts/gate.mjs"] });
  await workThatComesBack(send);
  await webhooks(send, receiver.url);
  // So that there is something at work for as long as one looks.
  const command = ["sh", "-c", "echo 'Reading src/range.js …'; echo 'Running the tests …'; sleep 600"];
  await send("PATCH", "/agents/ada", { command });
  await send("PATCH", "/agents/grace", { command });
  await send("POST", "/agents", { id: "margaret", rig: "lib", command });
  await send("POST", "/convoys", {
    id: "release",
    title: "Release 1.0",
    beads: [
      { ref: "log", rig: "lib", title: "Write the changelog" },
      { ref: "examples", rig: "lib", title: "Check the examples" },
      { ref: "bump", rig: "lib", title: "Bump the version", dependsOn: ["log"] },
      { ref: "types", rig: "lib", title: "Publish the types", dependsOn: ["log", "examples"] },
      { ref: "tag", rig: "lib", title: "Tag it", dependsOn: ["bump", "types"] },
    ],
  });
  const titles = [
    "Say what a negative page means",
    "Rename clamp to within",
    "Document the gate",
    "Drop the old camel-case",
  ];
  const made = [];
  for (const title of titles) made.push(await send("POST", "/beads", { rig: "lib", title, labels: ["api"] }));
  await until(async () => (await send("GET", "/agents")).items.filter(isAtWork).length === 3);
  await send("PATCH", `/beads/${made[1].id}`, { hold: { why: "after the release" } });
  // It may do all that an operator may, and see webhooks; and no more, so that its tab keeps it.
  const scopes = [...PRESETS.operator, "webhooks:admin"];
  const sees = await sendTo(`${url}/v1`)("POST", "/tokens", { name: "ann", scopes, towns: ["sample"] });
  return {
    url,
    token,
    state,
    seesWebhooks: sees.token as string,
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGINT");
      await ended;
      receiver.stop();
      rmSync(state, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const isAtWork = ({ status }: { status: string }): boolean => status === "working";

// biome-ignore lint/suspicious/noExplicitAny: as the contract has it
type Send = (method: string, path: string, body?: unknown) => Promise<any>;

/** Half of it is right, and a test says so of the other half. */
const ROUND = [
  `sed -i 's|^ \\*/$| * The result is a whole number.\\n */|; s|sum(numbers) / numbers.length|Math.floor(sum(numbers) / numbers.length)|' src/mean.js`,
  `printf 'import assert from "node:assert/strict";\nimport { test } from "node:test";\nimport { mean } from "../src/mean.js";\n\n` +
    `test("mean is a whole number", () => {\n  assert.equal(mean([1, 2, 2]), 2);\n});\n' > test/mean.test.js`,
  "echo 'Rounded what mean gives, and wrote a test for it.'",
  "git add --all && git commit --quiet --message 'Round what mean gives'",
].join("\n");

/** A bead whose work the gate does not take: it waits for a person, with what it has changed. */
async function workThatComesBack(send: Send): Promise<void> {
  const { settings } = await send("GET", "");
  const others = ["grace", "linus"];
  for (const other of others) await send("PATCH", `/agents/${other}`, { enabled: false });
  await send("PATCH", "/agents/ada", { command: ["sh", "-c", ROUND] });
  await send("PATCH", "", { settings: { reworkBudget: 1 } });
  const title = "Give whole numbers from mean";
  const { id } = await send("POST", "/beads", { rig: "lib", title, body: "Round to the nearest one." });
  await until(async () => (await send("GET", `/beads/${id}`)).status === "failed");
  await send("PATCH", "", { settings: { reworkBudget: settings.reworkBudget } });
  await send("PATCH", "/agents/grace", { enabled: true });
}

/** One that is well, one whose receiver is down, one that is gone. */
async function webhooks(send: Send, url: string): Promise<void> {
  await send("POST", "/webhooks", { id: "chat", url: `${url}/chat` });
  await send("POST", "/webhooks", {
    id: "dashboard",
    url: `${url}/dashboard`,
    events: ["bead.landed", "convoy.closed"],
  });
  await send("POST", "/webhooks", {
    id: "pager",
    url: `${url}/pager`,
    events: ["attention.opened", "attention.closed"],
  });
  for (const id of ["chat", "pager", "dashboard"]) await send("POST", `/webhooks/${id}/test`);
  await until(async () => !(await send("GET", "/webhooks/pager")).enabled);
}

const ANSWERS: Record<string, [number, string]> = {
  "/pager": [410, "this integration was removed"],
  "/dashboard": [503, "back in a minute"],
};

async function aReceiver() {
  const server = createServer((request, response) => {
    const [status, said] = ANSWERS[request.url ?? ""] ?? [200, "ok"];
    response.writeHead(status).end(said);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => server.close() };
}

async function until(condition: () => unknown): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
