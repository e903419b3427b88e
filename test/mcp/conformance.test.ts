/** The official conformance suite, against a Worker and a host as `npm start` runs them. */
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { aStage, openDoor } from "./stage.ts";

const SUITE = join(import.meta.dirname, "node_modules/@modelcontextprotocol/conformance/dist/index.js");
/** What the suite expects and is not here, with the reason; one that comes to pass is to be struck from it. */
const EXPECTED = join(import.meta.dirname, "expected.yml");

/** What it printed, and how it ended. It finds its own files by where it stands. */
async function runSuite(url: string): Promise<{ code: number | null; said: string }> {
  const cwd = mkdtempSync(join(tmpdir(), "townkeeper-mcp-"));
  const args = [SUITE, "server", "--url", url, "--suite", "active", "--expected-failures", EXPECTED, "-o", cwd];
  const suite = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void suite.kill("SIGKILL"));
  const said: Buffer[] = [];
  for (const stream of [suite.stdout, suite.stderr]) stream.on("data", (piece: Buffer) => said.push(piece));
  const code = await new Promise<number | null>((ended) => suite.once("close", ended));
  return { code, said: Buffer.concat(said).toString() };
}

test("the suite finds what is here as it should be, and nothing else missing than is listed", async () => {
  const { url, token } = await aStage();
  const { code, said } = await runSuite(await openDoor(url, token));
  expect(code, said).toBe(0);
});
