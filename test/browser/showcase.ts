/** A town to look at: the sample's, in the midst of its work, with what goes wrong in real ones. */

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repoRoot } from "../../cli/paths.ts";

const WAIT_MS = 90_000;

export async function showcase() {
  const state = mkdtempSync(join(tmpdir(), "townkeeper-showcase-"));
  const child = spawn(process.execPath, [join(repoRoot, "cli/main.ts"), "--port", "0", "--state", state], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  await until(() => /ready in/.test(said));
  const url = readFileSync(join(state, "url"), "utf8").trim();
  const token = readFileSync(join(state, "token"), "utf8").trim();
  const send = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}/v1/towns/sample${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return response.json();
  };
  await until(() => /of 14 closed/.test(said));
  await send("POST", "/agents", {
    id: "margaret",
    rig: "lib",
    // So that there is something at work for as long as one looks.
    command: ["sh", "-c", "echo 'Reading src/range.js …'; echo 'Running the tests …'; sleep 600"],
  });
  await send("PATCH", "/agents/linus", { enabled: false });
  // As it would be called elsewhere, and by no path of this machine.
  await send("PATCH", "/rigs/lib", { gate: ["node", "scripts/gate.mjs"] });
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
  await until(async () => (await send("GET", "/beads?status=parked")).items.length > 0);
  const { id } = await send("POST", "/beads", { rig: "lib", title: "Rename clamp to within", labels: ["api"] });
  await send("PATCH", `/beads/${id}`, { hold: { why: "after the release" } }).catch(() => undefined);
  for (const title of ["Say what a negative page means", "Document the gate", "Drop the old camel-case"])
    await send("POST", "/beads", { rig: "lib", title });
  return {
    url,
    token,
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGINT");
      await ended;
      rmSync(state, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function until(condition: () => unknown): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
