/** What forges and hooks that decline a push are understood to mean: each form is met by a real push. */
import { expect, test } from "vitest";
import { type Form, push, scene } from "./push-refusal-scene.ts";

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
