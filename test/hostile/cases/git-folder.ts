import { type Case, harmless } from "../case.ts";

/** What stands where the clone's `.git` was. */
export const gitFolder: Case[] = [
  harmless("git-removed", "removes .git", "rm -rf .git"),
  harmless(
    "git-removed-goes-on",
    "removes .git, and adds and commits in whatever repository git finds then",
    "rm -rf .git; git add --all; git commit --quiet -m stolen; git push --quiet origin HEAD:main; true",
  ),
  harmless("git-fifo", "puts a FIFO where .git was", "rm -rf .git; mkfifo .git"),
  harmless(
    "git-socket",
    "puts a socket where .git was",
    `rm -rf .git; "$NODE" -e 'require("net").createServer().listen(".git", () => process.kill(process.pid, "SIGKILL"))'; true`,
  ),
  harmless("git-endless", "links .git to /dev/zero", "rm -rf .git; ln -s /dev/zero .git"),
  harmless("git-huge", "puts a file of 10 GB where .git was", "rm -rf .git; truncate -s 10G .git"),
  harmless(
    "git-users-link",
    "links .git to the user's own repository",
    'rm -rf .git; ln -s "$USER_REPOSITORY/.git" .git',
  ),
  harmless(
    "git-users-file",
    "has .git name the user's own repository",
    'rm -rf .git; echo "gitdir: $USER_REPOSITORY/.git" >.git',
  ),
  harmless(
    "git-neighbours-file",
    "has .git name a neighbour's repository",
    'rm -rf .git; for each in ../n*; do echo "gitdir: $each/.git" >.git; done',
  ),
  harmless(
    "git-mirror-file",
    "has .git name the host's own copy of the rig",
    'rm -rf .git; for each in "$HOST_STATE"/rigs/demo/shop*; do echo "gitdir: $each" >.git; done',
  ),
  harmless("git-loop", "has .git name itself", 'rm -rf .git; echo "gitdir: $PWD/.git" >.git'),
  harmless("git-link-loop", "links .git to itself", "rm -rf .git; ln -s .git .git"),
  harmless(
    "git-common",
    "has .git/commondir name the user's repository",
    'echo "$USER_REPOSITORY/.git" >.git/commondir',
  ),
  harmless("git-head-fifo", "makes HEAD a FIFO", "rm .git/HEAD; mkfifo .git/HEAD"),
  harmless("git-head-endless", "links HEAD to /dev/zero", "ln -sf /dev/zero .git/HEAD"),
  harmless(
    "git-head-loop",
    "has HEAD and a branch name each other",
    'echo "ref: refs/heads/a" >.git/HEAD; echo "ref: HEAD" >.git/refs/heads/a',
  ),
  harmless("git-head-outside", "has HEAD name a path outside", 'echo "ref: refs/../../../../README.md" >.git/HEAD'),
  harmless("git-head-broken", "overwrites HEAD", "echo nonsense >.git/HEAD"),
  harmless(
    "git-init-anew",
    "begins .git anew with a history of its own",
    "rm -rf .git; git init --quiet; git add --all; git commit --quiet -m anew",
  ),
  harmless(
    "git-sha256",
    "begins .git anew with other object names",
    "rm -rf .git; git init --quiet --object-format=sha256; git add --all; git commit --quiet -m anew",
  ),
  harmless(
    "git-reftable",
    "says that its refs are kept in a reftable",
    "git config core.repositoryFormatVersion 1; git config extensions.refStorage reftable",
  ),
  harmless("git-version-99", "says that its repository is of version 99", "git config core.repositoryFormatVersion 99"),
  harmless("git-unreadable", "makes .git unreadable", "chmod 000 .git"),
  harmless("git-immutable", "makes .git immutable", "chattr +i .git/HEAD .git 2>/dev/null; true"),
  harmless(
    "git-locks",
    "leaves lock files for everything",
    "for each in HEAD config index packed-refs shallow refs/heads/main objects/info/commit-graph; do mkdir -p .git/$(dirname $each); : >.git/$each.lock; done",
  ),
  harmless("index-broken", "overwrites its index", "echo nonsense >.git/index"),
  harmless("index-huge", "has an index of 8 GB", "truncate -s 8G .git/index"),
  harmless("index-fifo", "makes its index a FIFO", "rm -f .git/index; mkfifo .git/index"),
  harmless("index-gone", "removes its index", "rm -f .git/index"),
  harmless(
    "index-hides",
    "marks a file as unchanged, and another as not to be there, and changes both",
    "git update-index --assume-unchanged README.md; git update-index --skip-worktree src/one.txt; echo more >>README.md; echo more >>src/one.txt",
    { leaves: ["README.md", "index-hides.txt", "src/one.txt"] },
  ),
  harmless("objects-gone", "removes all objects", "rm -rf .git/objects"),
  harmless("objects-fifo", "makes the folder of objects a FIFO", "rm -rf .git/objects; mkfifo .git/objects"),
  harmless(
    "alternates-loop",
    "names its own objects as its alternates",
    'mkdir -p .git/objects/info; echo "$PWD/.git/objects" >.git/objects/info/alternates',
  ),
  harmless(
    "alternates-elsewhere",
    "names the user's objects as its alternates",
    'mkdir -p .git/objects/info; echo "$USER_REPOSITORY/.git/objects" >>.git/objects/info/alternates',
  ),
  harmless(
    "alternates-fifo",
    "makes its list of alternates a FIFO",
    "mkdir -p .git/objects/info; rm -f .git/objects/info/alternates; mkfifo .git/objects/info/alternates",
  ),
  harmless(
    "alternates-endless",
    "links its list of alternates to /dev/zero",
    "mkdir -p .git/objects/info; ln -sf /dev/zero .git/objects/info/alternates",
  ),
  harmless(
    "graph-broken",
    "breaks its commit-graph",
    "mkdir -p .git/objects/info; echo nonsense >.git/objects/info/commit-graph",
  ),
  harmless(
    "midx-broken",
    "breaks its multi-pack-index",
    "mkdir -p .git/objects/pack; echo nonsense >.git/objects/pack/multi-pack-index",
  ),
  harmless(
    "packs-broken",
    "leaves packs that are none",
    "mkdir -p .git/objects/pack; echo x >.git/objects/pack/pack-1234567890123456789012345678901234567890.pack; echo x >.git/objects/pack/pack-1234567890123456789012345678901234567890.idx",
  ),
  harmless(
    "git-moved",
    "moves .git into a folder of its own, and has .git name that",
    'mv .git "$WATCH/moved-git"; echo "gitdir: $WATCH/moved-git" >.git; git add --all; git commit --quiet -m mine',
  ),
  harmless(
    "index-split",
    "splits its index, and links the shared part to /dev/zero",
    "git update-index --split-index; for each in .git/sharedindex.*; do ln -sf /dev/zero $each; done",
  ),
  harmless(
    "index-sparse",
    "has its index be a sparse one, of folders in place of files",
    "git sparse-checkout set --cone --sparse-index src/deep; echo more >>src/deep/three.txt",
    { leaves: ["index-sparse.txt", "src/deep/three.txt"] },
  ),
  harmless(
    "alternates-neighbours",
    "names the objects of all its neighbours as its alternates, and commits",
    'mkdir -p .git/objects/info; for each in "$PWD"/../*/.git/objects; do echo "$each" >>.git/objects/info/alternates; done; git add --all; git commit --quiet -m mine',
  ),
  harmless(
    "logs-outside",
    "links its reflogs to outside, and makes one of them a FIFO",
    'rm -rf .git/logs; ln -s "$OUTSIDE" .git/logs; mkdir -p .git/more; mkfifo .git/more/HEAD',
  ),
  harmless(
    "heads-special",
    "makes FETCH_HEAD, MERGE_HEAD, ORIG_HEAD and their like FIFOs and links to /dev/zero",
    "for each in FETCH_HEAD MERGE_HEAD ORIG_HEAD; do ln -sf /dev/zero .git/$each; done; for each in CHERRY_PICK_HEAD REVERT_HEAD MERGE_MSG COMMIT_EDITMSG; do rm -f .git/$each; mkfifo .git/$each; done",
  ),
  harmless(
    "worktrees-forged",
    "says that its neighbours and the user's folder are worktrees of its own",
    'n=0; for each in ../ned-* ../nora-* "$USER_REPOSITORY"; do n=$((n + 1)); mkdir -p .git/worktrees/w$n; echo "$each/.git" >.git/worktrees/w$n/gitdir; echo ../.. >.git/worktrees/w$n/commondir; echo "ref: refs/heads/main" >.git/worktrees/w$n/HEAD; done; rm -rf .git/worktrees/w2/HEAD; mkfifo .git/worktrees/w2/HEAD',
  ),
];
