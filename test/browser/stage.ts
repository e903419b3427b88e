/** A Worker of the tests' own, and what they do to its towns. */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { builtPage } from "../../cli/paths.ts";
import { freePort } from "../../cli/preflight.ts";
import { spawnWorkerd } from "../../cli/workerd.ts";

export const TOKEN = "tk_browser_test_token";

export interface Stage {
  url: string;
  /** Ends it; what it knew is there when it is started again. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
  send(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
  test(body: Record<string, unknown>): Promise<unknown>;
}

const started = (setup: Parameters<typeof spawnWorkerd>[0]) =>
  new Promise<ChildProcess>((resolve) => {
    const child = spawnWorkerd(
      setup,
      () => resolve(child),
      () => undefined,
    );
  });

async function ended(child: ChildProcess): Promise<void> {
  const end = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await end;
}

/** @param hostUrl where its host is; left out: nowhere, no town here has anything run */
export async function setStage(hostUrl = "http://127.0.0.1:9"): Promise<Stage> {
  const port = await freePort(0);
  const url = `http://127.0.0.1:${port}`;
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-browser-"));
  const setup = {
    bundle: inject("bundle"),
    config: join(folder, "config.capnp"),
    port,
    storage: join(folder, "storage"),
    page: builtPage,
    bindings: {
      TOWNKEEPER_TOKEN: TOKEN,
      RUN_TOKEN_KEY: "key-of-the-browser-tests",
      HOST_URL: hostUrl,
      HOST_TOKEN: "host",
      PUBLIC_URL: url,
      WATCHTOWER_MODE: "off",
      // A receiver of the tests' own is on this machine.
      WEBHOOKS_PRIVATE: "allow",
    },
  };
  let workerd = await started(setup);
  const send = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(url + path, {
      method,
      // Nobody else changes what is changed here.
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", "if-match": "*" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`${method} ${path} said ${response.status}: ${JSON.stringify(answer)}`);
    return answer;
  };
  return {
    url,
    send,
    test: (body) => send("POST", "/test", body),
    stop: () => ended(workerd),
    start: async () => {
      workerd = await started(setup);
    },
    close: async () => {
      await ended(workerd);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A town that is paused, so that nothing of it moves unless a test says so. */
export async function aTown({ send }: Stage, name: string, settings: Record<string, unknown> = {}): Promise<void> {
  await send("POST", "/v1/towns", { name, settings });
  await send("PATCH", `/v1/towns/${name}`, { paused: { why: "the stage is being set" } });
  await send("POST", `/v1/towns/${name}/rigs`, { id: "lib", repoUrl: "/repos/lib.git", defaultBranch: "main" });
  await send("POST", `/v1/towns/${name}/agents`, { id: "ada", rig: "lib", command: ["true"] });
}
