/** A real town, its real host, and OpenCode as its agent, all on this machine. */
import { delimiter } from "node:path";
import { onTestFinished } from "vitest";
import { statePaths } from "../../cli/paths.ts";
import { prepareState } from "../../cli/preflight.ts";
import { loadSecrets } from "../../cli/secrets.ts";
import { Services } from "../../cli/services.ts";
import { freePort, temporary } from "../e2e/support.ts";
import { makeRepository } from "../host/support.ts";
import { aModel } from "./model.ts";

const SETTINGS = { heartbeatMs: 1_000, backoffBaseMs: 200, backoffCapMs: 1_000, startsPerMinute: 10_000 };
const cost = { input: 1, output: 2 };
const limit = { context: 100_000, output: 4_000 };

interface Attempt {
  kind: string;
  state: string;
  progress: string | null;
  step: { tool?: { title: string; status: string }; message?: string } | null;
  usage: { inputTokens: number; outputTokens: number; costUsd: number | null } | null;
  failure: { kind: string; code: string; message: string } | null;
  startedAt: string;
  outputTail: string | null;
}

/** A town with one rig and one agent, whose model does what its name says. */
export async function aTownWith(driver: "exec" | "acp", modelName: string, more: object = {}) {
  const binaries = process.env.TOWNKEEPER_TEST_OPENCODE;
  if (!binaries) throw new Error("run this with `npm run test:agents`");
  const paths = statePaths(temporary());
  prepareState(paths.folder);
  const secrets = loadSecrets(paths);
  const services = new Services({
    ...{ options: { external: null, agentUser: null }, paths, secrets, port: await freePort(), drills: [] },
    ...{ say: () => undefined, onLost: () => undefined },
  });
  onTestFinished(() => services.stop());
  await services.start();
  const model = await aModel();
  const remote = makeRepository();
  const [home, watch] = [temporary(), temporary()];
  const provider = {
    npm: "@ai-sdk/openai-compatible",
    name: "Local",
    options: { baseURL: model.url, apiKey: "sk-for-the-test-alone" },
    models: Object.fromEntries(
      ["work", "hang", "limit", "locked"].map((id) => [id, { name: id, tool_call: true, cost, limit }]),
    ),
  };
  const { api } = services;
  await api.createTown({ name: "town", settings: SETTINGS });
  const gate = ["grep", "-q", "hi", "made.txt"];
  await api.addRig("town", { id: "lib", repoUrl: remote.url, gate });
  const places = ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "TMPDIR"];
  const env = {
    ...Object.fromEntries(places.map((name) => [name, home])),
    PATH: `${binaries}${delimiter}${process.env.PATH}`,
    WATCH: watch,
    OPENCODE_CONFIG_CONTENT: JSON.stringify({ provider: { local: provider } }),
    OPENCODE_DISABLE_MODELS_FETCH: "1",
  };
  await api.addAgent("town", {
    id: "ada",
    rig: "lib",
    preset: "opencode",
    driver,
    model: `local/${modelName}`,
    env,
    ...more,
  });
  await api.createBeads("town", [{ rig: "lib", title: "Make a file", body: "Call it made.txt." }]);
  const ask = async <T>(path: string) => (await api.ask("town", path)) as T;
  return {
    ...{ api, model, remote, watch, ask },
    bead: () => ask<{ status: string; failures: number; reworks: number }>("/beads/lib-1"),
    runs: async () =>
      (await ask<{ items: Attempt[] }>("/attempts")).items.filter(({ kind }) => kind === "run").reverse(),
    providers: async () => (await ask<{ items: { id: string; notBeforeAt: string }[] }>("/providers")).items,
  };
}
