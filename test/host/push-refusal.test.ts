/** What a remote that declines a push is understood to mean: each form is met by a real push, or is what git printed of one. */
import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Refusal, readRefusal } from "../../host/push-refusal.ts";
import { git, makeRepository } from "./support.ts";

type Kind = Refusal["kind"];
type Form = [from: string, said: string, kind: Kind, code: string];

/** A push as the host makes it, and what it was understood to mean. */
function push(clone: string, url: string, to: string, from = "HEAD"): Refusal {
  const refspec = `${from}:${to}`;
  const { status, stderr, stdout } = spawnSync("git", ["push", "--porcelain", "--no-verify", "--", url, refspec], {
    cwd: clone,
    env: { ...process.env, LC_ALL: "C" },
    encoding: "utf8",
  });
  expect(status).not.toBe(0);
  return readRefusal(`${stderr}\n${stdout}`, to.replace(/^\+/, ""));
}

function scene() {
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

/** Wordings as the forges' own documentation has them, said by a hook. */
const forges: Form[] = [
  [
    "GitHub, a file too large",
    "error: Trace: 1f2e\nerror: See https://gh.io/lfs for more information.\nerror: File big.bin is 123.00 MB; this exceeds GitHub's file size limit of 100.00 MB\nerror: GH001: Large files detected. You may want to try Git Large File Storage",
    "content",
    "too_large",
  ],
  [
    "GitHub, push protection",
    "error: GH013: Repository rule violations found for refs/heads/town/lib-1/4.\n\n- GITHUB PUSH PROTECTION\n  —————————————————————————————————————————\n    Resolve the following violations before pushing again\n\n    - Push cannot contain secrets\n\n     (?) Learn how to resolve a blocked push\n      —— Amazon AWS Access Key ID ——\n       locations:\n         - commit: 8ce1\n           path: .env:1",
    "content",
    "secret",
  ],
  [
    "GitHub, a private email",
    "error: GH007: Your push would publish a private email address.\nYou can make your email public or disable this protection by visiting:\nhttp://github.com/settings/emails",
    "content",
    "email",
  ],
  [
    "GitHub, unknown LFS objects",
    "error: GH008: Your push referenced at least 1 unknown Git LFS object:\n    4d7a\nTry to push them with 'git lfs push --all'.",
    "content",
    "lfs",
  ],
  [
    "GitHub, a restricted path",
    "error: GH013: Repository rule violations found for refs/heads/main.\n\n- File path is restricted\n  Found 1 violation:\n  .github/CODEOWNERS",
    "content",
    "file_rule",
  ],
  [
    "GitHub, a commit message",
    "error: GH013: Repository rule violations found for refs/heads/main.\n- Commit message must match a given regex pattern: ^[A-Z]+-\\d+",
    "content",
    "commit_message",
  ],
  [
    "GitHub, merge commits",
    "error: GH013: Repository rule violations found\n- This branch must not contain merge commits.",
    "content",
    "merge_commit",
  ],
  [
    "GitHub, a protected branch",
    "error: GH006: Protected branch update failed for refs/heads/main.\nerror: At least 1 approving review is required by reviewers with write access.",
    "place",
    "protected",
  ],
  [
    "GitHub, a ruleset that asks for pull requests",
    "error: GH013: Repository rule violations found for refs/heads/main.\nReview all repository rules at https://github.com/you/app/rules?ref=refs%2Fheads%2Fmain\n\n- Changes must be made through a pull request.\n\n- 2 of 2 required status checks are expected.",
    "place",
    "protected",
  ],
  [
    "GitHub, unsigned commits",
    "error: GH013: Repository rule violations found\n- Commits must have verified signatures.\n  Found 1 violation:",
    "place",
    "unsigned",
  ],
  [
    "GitHub, creations restricted",
    "error: GH013: Repository rule violations found for refs/heads/town/lib-1/4.\n- Cannot create ref due to creations being restricted.",
    "place",
    "branch_name",
  ],
  [
    "GitLab, a protected branch",
    "GitLab: You are not allowed to push code to protected branches on this project.",
    "place",
    "protected",
  ],
  [
    "GitLab, force on a protected branch",
    "GitLab: You are not allowed to force push code to a protected branch on this project.",
    "place",
    "protected",
  ],
  ["GitLab, no right", "GitLab: You are not allowed to push code to this project.", "place", "no_right"],
  ["GitLab, a deploy key", "GitLab: This deploy key does not have write access to this project.", "place", "read_only"],
  [
    "GitLab, a file that is too large",
    "GitLab: You are attempting to check in one or more blobs which exceed the 100MiB limit:\n- 2b1c (150 MiB)",
    "content",
    "too_large",
  ],
  [
    "GitLab, a secret",
    "PUSH BLOCKED: Secrets detected in code changes\n--------------------------------------------------\nSecret push protection found the following secrets in commit: 37e5",
    "content",
    "secret",
  ],
  [
    "GitLab, a commit message",
    "GitLab: Commit message does not follow the pattern 'JIRA-\\d+'",
    "content",
    "commit_message",
  ],
  [
    "GitLab, an author's address",
    "GitLab: Author's email 'ada@home.townkeeper.invalid' does not follow the pattern '@acme\\.com$'",
    "content",
    "email",
  ],
  [
    "GitLab, a committer's address",
    "GitLab: You cannot push commits for 'ada@home.invalid'. You can only push commits if the committer email is one of your own verified emails.",
    "content",
    "email",
  ],
  ["GitLab, a file name", "GitLab: File name id_rsa was prohibited by the pattern 'id_rsa$'.", "content", "file_rule"],
  [
    "GitLab, a branch name",
    "GitLab: Branch name 'town/lib-1/4' does not follow the pattern '^(feature|fix)/'",
    "place",
    "branch_name",
  ],
  [
    "GitLab, LFS objects",
    'GitLab: LFS objects are missing. Ensure LFS is properly set up or try a manual "git lfs push --all".',
    "content",
    "lfs",
  ],
  [
    "GitLab, a full namespace",
    "GitLab: Your push to this repository has been rejected because the namespace storage limit has been exceeded.",
    "place",
    "remote_full",
  ],
  [
    "GitLab, an archived project",
    "GitLab: You can't push code to an archived project. The project is archived.",
    "place",
    "archived",
  ],
  ["GitLab, unsigned commits", "GitLab: Commit must be signed with a GPG key", "place", "unsigned"],
  ["GitLab, sign-off", "GitLab: Commit message must contain a DCO signoff: Signed-off-by", "content", "signed_off"],
  [
    "Bitbucket, a branch restriction",
    "Permission denied to update branch main.\nOnly pull request merges are allowed.",
    "place",
    "protected",
  ],
  [
    "Bitbucket, no right to a branch",
    "Branch refs/heads/main can only be modified through pull requests.\nCheck your branch permissions configuration: you do not have permission.",
    "place",
    "no_right",
  ],
  [
    "Bitbucket, a repository over its limit",
    "[ALERT] Your push failed because the repository exceeds the repository size limit (4.0 GB).",
    "place",
    "remote_full",
  ],
  [
    "Bitbucket, an issue key",
    "You have included commits that do not have a valid JIRA issue key in their message.",
    "content",
    "commit_message",
  ],
  [
    "Bitbucket, a committer",
    "You can only push your own commits in this repository\nCommit 8f1 was committed by T <t@t.invalid>",
    "content",
    "email",
  ],
  ["Gitea, a protected branch", "Gitea: Not allowed to push to protected branch main", "place", "protected"],
  ["Gitea, branch is protected", "Forgejo: branch main is protected from direct push", "place", "protected"],
  [
    "Gitea, a protected file",
    "Gitea: branch town/lib-1/4 is protected from changing file .forgejo/workflows/ci.yml",
    "content",
    "file_rule",
  ],
  ["Gitea, an archived repository", "Gitea: repo is archived: you/app", "place", "archived"],
  ["Gitea, a mirror", "mirror repository is read-only", "place", "read_only"],
  [
    "Azure DevOps, a policy",
    "TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.",
    "place",
    "protected",
  ],
  [
    "Azure DevOps, no right",
    "TF401027: You need the Git 'GenericContribute' permission to perform this action.",
    "place",
    "no_right",
  ],
  ["Gerrit, no Change-Id", "ERROR: commit 1d2: missing Change-Id in message footer", "content", "commit_message"],
  [
    "gitolite",
    "FATAL: W refs/heads/main app ada DENIED by refs/heads/main\nerror: hook declined to update refs/heads/main",
    "place",
    "no_right",
  ],
  [
    "gitleaks in a hook",
    "WRN leaks found: 1\nFinding: AWS_KEY=REDACTED\nSecret detected in config.ini",
    "content",
    "secret",
  ],
  ["a hook with a size of its own", "config/dump.sql is larger than 5 MB, please don't", "content", "too_large"],
  ["a hook that wants sign-offs", "commit 12ab has no Signed-off-by line", "content", "signed_off"],
  ["a hook with a freeze", "*** main is frozen until the release is out ***", "place", "protected"],
  ["a hook that forbids direct pushes", "no direct pushes, please open a review", "place", "protected"],
  ["a hook about branch names", "branch names must begin with feature/ or fix/", "place", "branch_name"],
  ["a full disk", "fatal: write error: No space left on device", "place", "remote_full"],
  ["a hook that says nothing", "", "unknown", "declined"],
  ["a hook in riddles", "computer says no", "unknown", "declined"],
  ["a hook whose own service is away", "policy service: connection refused", "unknown", "declined"],
];

test("what forges and hooks say through a real remote", () => {
  const { says, clone, url } = scene();
  const understood = forges.map(([from, said]) => {
    says("pre-receive", said);
    const { kind, code, words } = push(clone, url, "refs/heads/main");
    const [line = "hook declined"] = said.split("\n").filter((each) => each.trim() !== "");
    expect(words).toContain(line.trim());
    expect(words).not.toMatch(/remote:|failed to push some refs|^To /m);
    return [from, said, kind, code];
  });
  expect(understood).toEqual(forges);
});

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
