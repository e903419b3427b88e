/** What the stories play with: a town, its containers, its remote. */
import { randomBytes } from "node:crypto";
import type { Docker } from "./docker.ts";
import { type GitServer, serveGit } from "./git-server.ts";
import { startTown, type Town } from "./town.ts";
import { until } from "./waiting.ts";

/** How workerd names the containers of our class, and (`-proxy`) their sidecars. */
const PREFIX = "workerd-townkeeper-AgentContainer-";

export const IDLE_S = 8;

/** Short, or every loss would take a minute. */
const settings = { heartbeatMs: 1_000, leaseMs: 5_000, firstLeaseMs: 6_000, backoffBaseMs: 500, backoffCapMs: 3_000 };

/** Speaks the Agent Client Protocol in so far as it is asked to, and leaves a file. */
const spoken = `
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
const answers = {
  initialize: () => ({ protocolVersion: 1, agentCapabilities: {} }),
  "session/new": () => ({ sessionId: "one" }),
  "session/prompt": () => {
    writeFileSync(process.env.TOWN_BEAD + ".txt", "spoken");
    return { stopReason: "end_turn", usage: { inputTokens: 40, outputTokens: 2, totalTokens: 42 } };
  },
};
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method } = JSON.parse(line);
  const result = answers[method]?.();
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result: result ?? null }));
}`;

/** Works as long as its task says, and leaves a file that says which try it was. */
const agent = `read -r title
echo "fence $TOWN_FENCE" > "$TOWN_BEAD.txt"
sleep "\${title##* }"`;

export interface Attempt {
  fence: number;
  kind: string;
  state: string;
  startedAt: string;
  acceptedAt: string | null;
  endedAt: string | null;
  hostBoot: string | null;
  failure: { kind: string; code: string; message: string } | null;
  usage: { inputTokens: number; outputTokens: number } | null;
}
interface Check {
  name: string;
  ok: boolean;
  detail: string;
}
interface Bead {
  id: string;
  status: string;
  attempts: Attempt[];
}

export interface Scene {
  docker: Docker;
  remote: GitServer;
  /** A bead whose agent works for so many seconds. */
  give(seconds: number): Promise<string>;
  /** Two in a convoy with a branch of its own, for an agent that speaks ACP. @returns what it is to land in the end */
  giveConvoy(branch: string): Promise<string[]>;
  preflight(agent: string): Promise<{ state: string; checks: Check[] }>;
  bead(id: string): Promise<Bead>;
  /** Its runs, oldest first. */
  runs(id: string): Promise<Attempt[]>;
  whenRunning(id: string): Promise<Attempt>;
  whenClosed(id: string, ms?: number): Promise<void>;
  invariants(): Promise<unknown[]>;
  /** The running containers with agents in them. */
  containers(): Promise<string[]>;
  /** With these variables changed. */
  restartTown(changed?: Record<string, string>): Promise<void>;
  close(): Promise<void>;
}

export async function openScene(docker: Docker, folder: string, images: Record<string, string>): Promise<Scene> {
  await sweep(docker);
  const remote = await serveGit(folder, `Basic ${btoa(`town:${randomBytes(12).toString("hex")}`)}`);
  const rule = {
    host: "git.test",
    headers: { authorization: remote.authorization },
    to: `http://127.0.0.1:${remote.port}`,
  };
  const vars = { CONTAINER_IDLE_SECONDS: String(IDLE_S), EGRESS_RULES: JSON.stringify([rule]) };
  let town: Town = await startTown(folder, images, vars);
  await town.ask("POST", "", { name: "home", settings });
  await town.ask("POST", "/home/rigs", {
    id: "lib",
    repoUrl: "https://git.test/library.git",
    // Else a host would be asked, and its container be warm.
    defaultBranch: "main",
  });
  for (const id of ["ada", "bob"])
    await town.ask("POST", "/home/agents", { id, rig: "lib", command: ["sh", "-c", agent] });
  const bead = (id: string) => town.ask<Bead>("GET", `/home/beads/${id}`);
  const runs = async (id: string) =>
    (await bead(id)).attempts.filter(({ kind }) => kind === "run").sort((a, b) => a.fence - b.fence);
  return {
    docker,
    remote,
    bead,
    runs,
    async give(seconds) {
      const title = `Work for seconds: ${seconds}`;
      return (await town.ask<{ id: string }>("POST", "/home/beads", { rig: "lib", title })).id;
    },
    async giveConvoy(branch) {
      await town.ask("POST", "/home/rigs", { id: "talk", repoUrl: "https://git.test/library.git" });
      const speaks = { preset: "exec", driver: "acp", command: ["node", "--input-type=module", "--eval", spoken] };
      await town.ask("POST", "/home/agents", { id: "eve", rig: "talk", ...speaks });
      const members = ["one", "two"].map((title) => ({ rig: "talk", title }));
      await town.ask("POST", "/home/convoys", { id: "both", title: "Both", branch, beads: members });
      const all = async () => (await town.ask<{ items: Bead[] }>("GET", "/home/beads?rig=talk")).items;
      await until(async () => {
        const beads = await all();
        return beads.length === 3 && beads.every(({ status }) => status === "closed");
      }, 60_000);
      return (await all()).map(({ id }) => id).sort();
    },
    preflight: async (agent) =>
      (await town.ask<{ preflight: { state: string; checks: Check[] } }>("POST", `/home/agents/${agent}/preflight`, {}))
        .preflight,
    // A branch appears once its agent has committed; a file in its worktree before that can only be seen from inside.
    whenRunning: (id) =>
      until(async () => {
        const run = (await runs(id)).at(-1);
        const [container] = await containersOf(docker);
        if (run?.state !== "running" || !container) return null;
        const found = await docker("exec", container, "sh", "-c", `find /var/lib/townkeeper -name ${id}.txt | grep .`);
        return found ? run : null;
      }, 20_000),
    whenClosed: async (id, ms = 40_000) => {
      await until(async () => (await bead(id)).status === "closed", ms);
    },
    invariants: async () => {
      const answer = await town.ask<unknown>("GET", "/home/invariants");
      return Array.isArray(answer) ? answer : ((answer as { violations?: unknown[] }).violations ?? [answer]);
    },
    containers: () => containersOf(docker),
    async restartTown(changed = {}) {
      await town.close();
      town = await startTown(folder, images, { ...vars, ...changed });
    },
    async close() {
      await town.close();
      remote.close();
      await sweep(docker);
    },
  };
}

const containersOf = async (docker: Docker): Promise<string[]> =>
  (await docker("ps", "--filter", `name=^/${PREFIX}`, "--format", "{{.Names}}"))
    .split("\n")
    .filter((name) => name && !name.endsWith("-proxy"));

/** wrangler's end leaves sidecars behind. */
async function sweep(docker: Docker): Promise<void> {
  const left = (await docker("ps", "--all", "--quiet", "--filter", `name=^/${PREFIX}`)).split("\n").filter(Boolean);
  if (left.length > 0) await docker("rm", "--force", ...left);
}
