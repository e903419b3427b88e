/** Real repositories with work in them, and a host that is asked what it changes. */
import { join } from "node:path";
import { expect } from "vitest";
import { type Changes, diffAnswer } from "../../src/protocol/diff.ts";
import { git, type makeHost, type makeRepository } from "./support.ts";

type Repository = ReturnType<typeof makeRepository>;
type Host = Awaited<ReturnType<typeof makeHost>>;

interface Asked {
  head: string;
  base?: string;
  path?: string;
  bead?: string;
  branch?: string;
}

export const requestOf = (url: string, { branch = "main", bead = "fix-it", ...asked }: Asked) => ({
  protocol: 1,
  town: "demo",
  rig: { id: "shop", repoUrl: url, defaultBranch: branch },
  bead,
  ...asked,
});

export async function diffOf(host: Host, { url }: { url: string }, asked: Asked): Promise<Changes> {
  const { status, text } = await host.call("POST", "/v1/rigs/diff", requestOf(url, asked));
  expect(status, text).toBe(200);
  return diffAnswer.parse(JSON.parse(text));
}

export const refusedOf = async (host: Host, { url }: { url: string }, asked: Asked) => {
  const { status, body } = await host.call("POST", "/v1/rigs/diff", requestOf(url, asked));
  return { status, code: body.code, message: body.message };
};

/** Commits what `change` does in the clone, on top of main, and pushes it. */
export function commits(repository: Repository, change: (folder: string) => void, message = "change"): string {
  const clone = join(repository.url, "..", "clone");
  git(clone, "checkout", "--quiet", "--detach", "origin/main");
  git(clone, "clean", "-dfxq");
  change(clone);
  git(clone, "add", "--all", "--force");
  git(clone, "commit", "--quiet", "-m", message);
  git(clone, "push", "--quiet", "--force", "origin", "HEAD:refs/heads/town/fix-it/1");
  return git(clone, "rev-parse", "HEAD");
}

export const lines = (count: number, word = "line") =>
  Array.from({ length: count }, (_, at) => `${word} ${at}\n`).join("");
