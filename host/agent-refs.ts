import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { maxRefBytes, maxRefs } from "./limits.ts";
import { entriesOf, readRegular } from "./untrusted-files.ts";

/** What an agent's repository points to, read by the host itself: git would read its configuration as well. */
export type AgentRefs = {
  /** `gone`: no repository is left. `replaced`: something else, such as a file or a link, stands in its place. */
  state: "whole" | "gone" | "replaced";
  /** The commit that is checked out; null if there is none. */
  head: string | null;
  /** All refs by their full names. */
  refs: ReadonlyMap<string, string>;
  /** The commits that other work trees of the same repository stand at. */
  elsewhere: readonly string[];
  /** The agent fetched by itself, so it may know commits that the mirror does not. */
  fetched: boolean;
};

const none = { head: null, refs: new Map<string, string>(), elsewhere: [], fetched: false };

export async function readAgentRefs(gitDir: string): Promise<AgentRefs> {
  const found = await lstat(gitDir).catch(() => null);
  if (!found) return { state: "gone", ...none };
  if (!found.isDirectory()) return { state: "replaced", ...none };
  const refs = packedRefs((await readRegular(join(gitDir, "packed-refs"), maxRefBytes)) ?? "");
  for (const [name, value] of await looseRefs(gitDir)) refs.set(name, value);
  const trees = await entriesOf(join(gitDir, "worktrees"));
  const elsewhere = await Promise.all(
    trees.slice(0, maxRefs).map(({ name }) => headOf(join(gitDir, "worktrees", name), refs)),
  );
  return {
    state: "whole",
    head: await headOf(gitDir, refs),
    refs,
    elsewhere: elsewhere.filter((commit) => commit !== null),
    fetched: (await lstat(join(gitDir, "FETCH_HEAD")).catch(() => null)) !== null,
  };
}

async function headOf(gitDir: string, refs: ReadonlyMap<string, string>): Promise<string | null> {
  const text = await readRegular(join(gitDir, "HEAD"), 4_096);
  return text === null ? null : target(text, refs);
}

/** A commit, or what the ref that is named points to. */
function target(text: string, refs: ReadonlyMap<string, string>): string | null {
  const named = /^ref: *(refs\/\S+)\s*$/.exec(text)?.[1];
  return named ? (refs.get(named) ?? null) : (/^([0-9a-f]{40,64})\s*$/.exec(text)?.[1] ?? null);
}

function packedRefs(text: string): Map<string, string> {
  const refs = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, value, name] = /^([0-9a-f]{40,64}) (refs\/\S+)$/.exec(line) ?? [];
    if (value && name && refs.size < maxRefs) refs.set(name, value);
  }
  return refs;
}

/** Of links and cycles nothing is followed; of more than a bounded number the rest stays unseen. */
async function looseRefs(gitDir: string): Promise<Map<string, string>> {
  const refs = new Map<string, string>();
  const folders = ["refs"];
  let left = maxRefs;
  for (const folder of folders) {
    for (const { name, isFolder, isFile } of await entriesOf(join(gitDir, folder))) {
      if (left-- <= 0) return refs;
      const path = `${folder}/${name}`;
      if (isFolder) folders.push(path);
      const text = isFile ? await readRegular(join(gitDir, path), 4_096) : null;
      const commit = text === null ? null : target(text, new Map());
      if (commit) refs.set(path, commit);
    }
  }
  return refs;
}
