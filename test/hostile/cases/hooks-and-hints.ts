import { type Case, harmless, proof } from "../case.ts";

const EVERY_HOOK =
  "applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg post-commit pre-rebase post-checkout post-merge pre-push pre-receive update proc-receive post-receive post-update reference-transaction push-to-checkout pre-auto-gc post-rewrite sendemail-validate fsmonitor-watchman post-index-change";

/** Hooks, and the files beside the configuration by which git is told what to see. */
export const hooksAndHints: Case[] = [
  harmless(
    "hooks-all",
    "leaves a program in every hook there is",
    `mkdir -p .git/hooks; for each in ${EVERY_HOOK}; do printf '#!/bin/sh\\n%s\\nexit 1\\n' '${proof}' >.git/hooks/$each; chmod +x .git/hooks/$each; done`,
  ),
  harmless(
    "hooks-fifo",
    "makes its hooks FIFOs",
    "mkdir -p .git/hooks; for each in pre-commit pre-push post-checkout; do rm -f .git/hooks/$each; mkfifo -m 777 .git/hooks/$each; done",
  ),
  harmless("exclude-all", "excludes every file from being seen", 'mkdir -p .git/info; echo "*" >.git/info/exclude'),
  harmless(
    "exclude-fifo",
    "makes its list of excluded files a FIFO",
    "mkdir -p .git/info; rm -f .git/info/exclude; mkfifo .git/info/exclude",
  ),
  harmless(
    "exclude-endless",
    "links its list of excluded files to /dev/zero",
    "mkdir -p .git/info; ln -sf /dev/zero .git/info/exclude",
  ),
  harmless(
    "attributes-endless",
    "links its attributes to /dev/zero",
    "mkdir -p .git/info; ln -sf /dev/zero .git/info/attributes",
  ),
  harmless("grafts", "grafts its history onto nothing", "mkdir -p .git/info; git rev-parse HEAD >.git/info/grafts"),
  harmless(
    "replaced-base",
    "replaces the commit it began from by another",
    'git replace -f HEAD "$(git commit-tree -m other HEAD~2^{tree})"',
  ),
  harmless(
    "replaced-file",
    "replaces the content of a file by another's",
    "git replace -f HEAD:README.md HEAD:src/one.txt",
  ),
  harmless("shallow-file", "says that its history ends here", "git rev-parse HEAD >.git/shallow"),
  harmless(
    "fetch-shallow",
    "fetches with a depth of one",
    'git fetch --quiet --depth=1 "$REMOTE" main; git fetch --quiet --depth=1 origin; true',
    { again: true },
  ),
  harmless("ignore-all", "ignores every file by a .gitignore of its own", 'echo "*" >.gitignore', {
    fails: { code: "no_commit", says: /changed nothing|ignored/ },
  }),
  harmless("ignore-fifo", "makes .gitignore a FIFO", "mkfifo .gitignore"),
  harmless("ignore-endless", "links .gitignore to /dev/zero", "ln -s /dev/zero .gitignore", {
    leaves: [".gitignore", "ignore-endless.txt"],
  }),
  harmless("attributes-fifo", "makes .gitattributes a FIFO", "mkfifo .gitattributes"),
  harmless(
    "attributes-encoding",
    "says that its file is in an encoding in which it is not",
    'echo "$TOWN_BEAD.txt text eol=crlf working-tree-encoding=UTF-16LE-BOM" >.gitattributes',
    { fails: { code: "commit_failed", says: /UTF-16/ } },
  ),
  harmless(
    "attributes-huge",
    "has 200,000 rules for attributes",
    'seq -f "file-%.0f filter=x" 200000 >.git/info/attributes',
  ),
  harmless("mailmap", "links .mailmap to /dev/zero", "ln -s /dev/zero .mailmap", {
    leaves: [".mailmap", "mailmap.txt"],
  }),
  harmless(
    "stash",
    "puts its work away in a stash, and leaves another change",
    "echo hidden >hidden.txt; git add hidden.txt; git stash --quiet; echo by stash >stash.txt",
  ),
  harmless(
    "maintenance",
    "collects, repacks and prunes all there is",
    "git gc --quiet --prune=now; git repack -adq; git prune --expire=now; git reflog expire --expire=now --all; git worktree prune --expire=now; git pack-refs --all",
    { again: true },
  ),
  harmless(
    "hints-folders",
    "makes folders of .gitattributes, .gitignore, .gitmodules and .mailmap",
    "mkdir .gitattributes .gitignore .gitmodules .mailmap; echo x >.gitattributes/x",
    { leaves: [".gitattributes/x", "hints-folders.txt"] },
  ),
  harmless(
    "time-restored",
    "changes a file, and gives it the size and the times that it had",
    "touch -r README.md .git/as-it-was; tr a-z A-Z <README.md >.git/upper; cat .git/upper >README.md; touch -r .git/as-it-was README.md",
    { leaves: ["README.md", "time-restored.txt"], holds: { "README.md": "README.MD OF SHOP" } },
  ),
  harmless("title-option", "has work on a bead whose title is an option of git's", "true", {
    title: "--amend --file=/etc/passwd $(touch ran) `id`",
  }),
];
