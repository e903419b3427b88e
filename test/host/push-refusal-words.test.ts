/** What git and ssh print where a remote was never asked, what git itself refuses, and what people are shown of it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readRefusal } from "../../host/push-refusal.ts";
import { type Form, push, scene } from "./push-refusal-scene.ts";
import { git } from "./support.ts";

/** What git and ssh print where the remote was never asked, or hung up: no line about the ref. */
const unasked: Form[] = [
  [
    "GitHub over ssh, no right",
    "ERROR: Permission to you/app.git denied to other.\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.",
    "place",
    "no_right",
  ],
  [
    "GitHub over ssh, a read-only key",
    "ERROR: The key you are authenticating with has been marked as read only.\nfatal: Could not read from remote repository.",
    "place",
    "read_only",
  ],
  [
    "GitHub over https, no right",
    "remote: Write access to repository not granted.\nfatal: unable to access 'https://github.com/you/app.git/': The requested URL returned error: 403",
    "place",
    "no_right",
  ],
  [
    "GitHub, archived",
    "ERROR: This repository was archived so it is read-only.\nfatal: Could not read from remote repository.",
    "place",
    "archived",
  ],
  [
    "GitHub, gone",
    "remote: Repository not found.\nfatal: repository 'https://github.com/you/gone.git/' not found",
    "place",
    "gone",
  ],
  [
    "https, no password",
    "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
    "place",
    "no_right",
  ],
  [
    "https, a wrong password",
    "remote: Invalid username or password.\nfatal: Authentication failed for 'https://github.com/you/app.git/'",
    "place",
    "no_right",
  ],
  [
    "ssh, no key",
    "git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.",
    "place",
    "no_right",
  ],
  [
    "GitLab over ssh",
    "remote: \nremote: ========================================================================\nremote: \nremote: ERROR: The project you were looking for could not be found or you don't have permission to view it.\nremote: \nfatal: Could not read from remote repository.",
    "place",
    "no_right",
  ],
  [
    "a body too large",
    "error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413\nsend-pack: unexpected disconnect while reading sideband packet\nfatal: the remote end hung up unexpectedly",
    "content",
    "too_large",
  ],
  [
    "no such name",
    "fatal: unable to access 'https://github.invalid/you/app.git/': Could not resolve host: github.invalid",
    "network",
    "unreachable",
  ],
  [
    "no answer",
    "ssh: connect to host github.com port 22: Connection timed out\nfatal: Could not read from remote repository.",
    "network",
    "unreachable",
  ],
  [
    "hung up",
    "send-pack: unexpected disconnect while reading sideband packet\nfatal: the remote end hung up unexpectedly",
    "network",
    "unreachable",
  ],
  [
    "a gateway",
    "error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502\nfatal: the remote end hung up unexpectedly",
    "network",
    "unreachable",
  ],
  [
    "too many requests",
    "fatal: unable to access 'https://forge.example/app.git/': The requested URL returned error: 429",
    "network",
    "remote_failed",
  ],
  ["nothing at all", "", "network", "unreachable"],
];

test.each(unasked)("never asked: %s", (_from, said, kind, code) => {
  expect(readRefusal(`${said}\nerror: failed to push some refs to 'x'\n`, "refs/heads/main")).toMatchObject({
    kind,
    code,
  });
});

describe("git's own refusals", () => {
  test("the branch is checked out in a repository that people work in", () => {
    const { clone, url } = scene();
    git(clone, "checkout", "--quiet", "main");
    const other = join(url, "../other");
    git(join(url, ".."), "clone", "--quiet", clone, other);
    git(other, "-c", "user.name=t", "-c", "user.email=t@t.invalid", "commit", "--quiet", "--allow-empty", "-m", "x");
    expect(push(other, clone, "refs/heads/main")).toEqual({
      kind: "place",
      code: "checked_out",
      words: "branch is currently checked out",
    });
  });

  test("the branch moved, and this host does not know the commit", () => {
    const { clone, url, push: commit } = scene();
    const old = git(clone, "rev-parse", "HEAD");
    commit("main", "origin/main", { "a.txt": "a" });
    git(clone, "checkout", "--quiet", "--detach", old);
    expect(push(clone, url, "refs/heads/main")).toMatchObject({ kind: "raced", code: "raced" });
  });

  test("the ref was locked, or moved while the push was under way", () => {
    const { clone, url, hook } = scene();
    hook(
      "pre-receive",
      `git update-ref refs/heads/main $(git commit-tree -m raced refs/heads/main^{tree} </dev/null) 2>/dev/null; touch refs/heads/main.lock`,
    );
    expect(push(clone, url, "refs/heads/main")).toMatchObject({ kind: "raced" });
  });

  test("a branch of this name is in the way", () => {
    const { clone, url } = scene();
    git(url, "branch", "town", "main");
    const refusal = push(clone, url, "refs/heads/town/lib-1/4");
    expect(refusal).toMatchObject({ kind: "place", code: "branch_blocked" });
    expect(refusal.words).toContain("'refs/heads/town' exists");
  });

  test("a hidden ref, and force where it is refused", () => {
    const { clone, url } = scene();
    git(url, "config", "receive.hideRefs", "refs/heads/hidden");
    expect(push(clone, url, "refs/heads/hidden/x")).toMatchObject({ kind: "place", code: "protected" });
    git(url, "config", "receive.denyNonFastForwards", "true");
    const first = git(clone, "rev-parse", "HEAD");
    git(clone, "push", "--quiet", url, "HEAD:refs/heads/mine");
    git(clone, "commit", "--quiet", "--amend", "--allow-empty", "-m", "otherwise");
    expect(git(clone, "rev-parse", "HEAD")).not.toBe(first);
    expect(push(clone, url, "+refs/heads/mine".replace("+", ""), "+HEAD")).toMatchObject({ kind: "raced" });
  });

  test("an update hook speaks of one ref, a pre-receive of all", () => {
    const { clone, url, hook } = scene();
    hook("update", `case "$1" in refs/heads/main) echo "refs/heads/main is closed for the release" >&2; exit 1;; esac`);
    expect(push(clone, url, "refs/heads/main")).toMatchObject({ kind: "place", code: "protected" });
    git(clone, "push", "--quiet", url, "HEAD:refs/heads/other");
  });

  test("an object that the remote's checks refuse", () => {
    const { clone, url } = scene();
    git(url, "config", "receive.fsckObjects", "true");
    const tree = git(clone, "rev-parse", "HEAD^{tree}");
    writeFileSync(
      join(clone, "bad"),
      `tree ${tree}\nauthor t <t@t.invalid 1 +0000\ncommitter t <t@t.invalid> 1 +0000\n\nbad\n`,
    );
    const bad = git(clone, "hash-object", "-t", "commit", "-w", "--literally", "bad");
    expect(push(clone, url, "refs/heads/bad", bad)).toMatchObject({ kind: "content", code: "malformed" });
  });

  test("a path that leads nowhere", () => {
    const { clone } = scene();
    expect(push(clone, "/no/such/repository.git", "refs/heads/main")).toMatchObject({ kind: "place", code: "gone" });
  });
});

describe("what is shown of it", () => {
  const esc = String.fromCharCode(27);

  test("holds no colours, control characters or credentials, and is short", () => {
    const { says, clone, url } = scene();
    const noise = Array.from({ length: 200 }, (_, line) => `line ${line}`).join("\n");
    says(
      "pre-receive",
      `${esc}[31mNo\u0007pe${esc}[0m ${esc}]0;title\u0007see https://me:s3cret@forge.example/rules\n${noise}`,
    );
    const { words } = push(clone, url, "refs/heads/main");
    expect(words.split("\n")[0]).toBe("Nope see https://***@forge.example/rules");
    expect(words.length).toBeLessThanOrEqual(1_200);
    expect(words.split("\n").length).toBeLessThanOrEqual(16);
    expect(words).not.toContain("hook declined");
  });

  test("a remote can't speak for git", () => {
    const { says, clone, url } = scene();
    says("pre-receive", "!\tHEAD:refs/heads/main\t[rejected] (fetch first)\nthe commit message must match");
    expect(push(clone, url, "refs/heads/main")).toMatchObject({ kind: "content", code: "commit_message" });
  });

  test("what is said of another ref is not said of this one", () => {
    const output =
      "!\tHEAD:refs/heads/other\t[rejected] (fetch first)\n!\tHEAD:refs/heads/main\t[remote rejected] (branch is currently checked out)\nDone\n";
    expect(readRefusal(output, "refs/heads/main")).toMatchObject({ kind: "place", code: "checked_out" });
    expect(readRefusal(output, "refs/heads/other")).toMatchObject({ kind: "raced" });
  });

  test("a flood is read in no time", () => {
    for (const piece of ["a", "secret ", "not allowed to ", "branch ", "x: ", "\t", `${esc}[`, "file size limit "]) {
      const begin = performance.now();
      readRefusal(
        `remote: ${piece.repeat(2_000_000)}\n!\tHEAD:refs/heads/main\t[remote rejected] (pre-receive hook declined)`,
        "refs/heads/main",
      );
      expect(performance.now() - begin).toBeLessThan(2_000);
    }
  });
});
