/** What the stories of submodules and large files share: a run and a landing of it. */
import { makeHost, type makeRepository, makeTown, mergeOf, startOf } from "./support.ts";

export const sh = (script: string): string[] => ["sh", "-ec", script];

export const local = ["-c", "protocol.file.allow=always"];

export async function run(script: string, repository: ReturnType<typeof makeRepository>, fence = 1) {
  const [town, host] = [await makeTown(), await makeHost()];
  await host.start(startOf(town, repository.url, { command: sh(script), fence }));
  return { town, host, last: await town.last(fence) };
}

export async function land({ town, host, last }: Awaited<ReturnType<typeof run>>, url: string, gate: string) {
  const head = "head" in last ? (last.head ?? "") : "";
  await host.merge(mergeOf(town, url, { head, gate: sh(gate) }));
  return town.last(9);
}

/** What a preflight says of the rig's repository, on a host that has not seen it before. */
export async function repositoryCheck(repoUrl: string) {
  const request = {
    protocol: 1,
    town: "demo",
    rig: { id: "shop", repoUrl, defaultBranch: "main" },
    command: ["sh"],
    env: {},
  };
  const answer = await (await makeHost()).call("POST", "/v1/preflight", request);
  const { checks } = answer.body as unknown as { checks: { name: string; ok: boolean; detail: string }[] };
  return checks.find(({ name }) => name === "repository") ?? { ok: null, detail: "" };
}
