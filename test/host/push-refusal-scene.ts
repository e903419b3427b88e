/** A clone and its remote, whose hooks say what a test makes them say, and what a push to it was understood to mean. */
import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type Refusal, readRefusal } from "../../host/push-refusal.ts";
import { git, makeRepository } from "./support.ts";

type Kind = Refusal["kind"];

export type Form = [from: string, said: string, kind: Kind, code: string];

/** A push as the host makes it, and what it was understood to mean. */
export function push(clone: string, url: string, to: string, from = "HEAD"): Refusal {
  const refspec = `${from}:${to}`;
  const { status, stderr, stdout } = spawnSync("git", ["push", "--porcelain", "--no-verify", "--", url, refspec], {
    cwd: clone,
    env: { ...process.env, LC_ALL: "C" },
    encoding: "utf8",
  });
  expect(status).not.toBe(0);
  return readRefusal(`${stderr}\n${stdout}`, to.replace(/^\+/, ""));
}

export function scene() {
  const repository = makeRepository();
  const clone = join(repository.url, "../clone");
  git(clone, "commit", "--quiet", "--allow-empty", "-m", "more");
  const hook = (name: string, script: string) => {
    writeFileSync(join(repository.url, "hooks", name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(repository.url, "hooks", name), 0o755);
  };
  /** A hook that says this and declines. */
  const says = (name: string, text: string) => {
    writeFileSync(join(repository.url, "words"), text);
    hook(name, `cat "$GIT_DIR/words" >&2; exit 1`);
  };
  return { ...repository, clone, hook, says };
}
