import { anything, type Case, harmless } from "../case.ts";

/** Branches, tags and what HEAD is. */
export const refs: Case[] = [
  harmless(
    "head-detached",
    "commits on a detached HEAD",
    "git checkout --quiet --detach; git add --all; git commit --quiet -m mine",
  ),
  harmless(
    "head-elsewhere",
    "commits on a branch of its own",
    "git checkout --quiet -b my-own; git add --all; git commit --quiet -m mine",
  ),
  harmless(
    "commit-left-behind",
    "commits on a branch of its own, and goes back",
    "git checkout --quiet -b my-own; git add --all; git commit --quiet -m mine; git checkout --quiet -",
  ),
  harmless(
    "commit-in-main",
    "commits on the clone's main",
    "git checkout --quiet -B main; git add --all; git commit --quiet -m mine",
  ),
  harmless(
    "amends-base",
    "amends the commit it began from",
    "git add --all; git commit --quiet --amend -m 'I was here first'",
  ),
  harmless(
    "orphan",
    "begins a history of its own on an orphan branch",
    "git checkout --quiet --orphan fresh; git add --all; git commit --quiet -m fresh",
  ),
  harmless(
    "rewinds",
    "commits on an older commit than it began from",
    "git add --all; git stash --quiet; git checkout --quiet --detach HEAD~1; git stash pop --quiet; git commit --quiet -m older",
    { leaves: anything },
  ),
  harmless(
    "branch-of-next-try",
    "makes branches with the names of its next tries",
    'git branch "town/$TOWN_BEAD/$((TOWN_FENCE + 1))"; for n in $(seq 1 400); do git branch -f "town/$TOWN_BEAD/$n"; done',
    { again: true },
  ),
  harmless(
    "branch-blocks",
    "makes branches that stand in the way of folders",
    'git checkout --quiet --detach; git for-each-ref --format="delete %(refname)" refs/heads/ | git update-ref --stdin; git branch town; git branch main/x; true',
    { again: true },
  ),
  harmless(
    "tags-block",
    "makes tags and branches that are called as others are",
    'git tag main; git tag "town/$TOWN_BEAD/$TOWN_FENCE"; git tag HEAD; git update-ref refs/heads/HEAD HEAD; git update-ref refs/heads/origin/main HEAD',
    { again: true },
  ),
  harmless(
    "refs-linked",
    "links its refs out of the repository",
    'rm -rf .git/refs/tags; ln -s "$OUTSIDE" .git/refs/tags; ln -s "$OUTSIDE/new" .git/refs/heads/linked; ln -s /dev/zero .git/refs/heads/endless; mkfifo .git/refs/heads/fifo',
  ),
  harmless("refs-packed-broken", "breaks its packed refs", 'echo "nonsense of nobody" >>.git/packed-refs'),
  harmless("refs-packed-endless", "links its packed refs to /dev/zero", "ln -sf /dev/zero .git/packed-refs"),
  harmless(
    "refs-packed-odd",
    "packs refs with names that leave the repository",
    'h=$(git rev-parse HEAD); printf "# pack-refs with: peeled fully-peeled sorted \\n%s refs/heads/../../../x\\n%s refs/heads/-x\\n%s refs/heads/a b\\n" $h $h $h >.git/packed-refs',
  ),
  harmless(
    "refs-many",
    "makes 20,000 branches",
    'h=$(git rev-parse HEAD); seq -f "create refs/heads/b%.0f $h" 20000 | git update-ref --stdin; git pack-refs --all',
  ),
  harmless(
    "refs-remote",
    "says that the remote's main is elsewhere",
    "git update-ref refs/remotes/origin/main HEAD~2; git symbolic-ref refs/remotes/origin/HEAD refs/heads/nowhere",
  ),
  harmless(
    "worktree-in-neighbour",
    "adds a worktree inside a neighbour's",
    'for each in ../ned-*; do git worktree add --quiet --detach "$each/evil" || true; done',
    { damages: ["neighbours"] },
  ),
  harmless(
    "worktree-aside",
    "adds a worktree beside its own, and works there",
    'git worktree add --quiet -b aside ../"$TOWN_BEAD-aside"; cd ../"$TOWN_BEAD-aside"; echo aside >aside.txt; git add aside.txt; git commit --quiet -m aside',
  ),
  harmless(
    "merge-octopus",
    "merges three branches at once",
    "for n in 1 2 3; do git checkout --quiet -B side$n HEAD; echo $n >side$n.txt; git add side$n.txt; git commit --quiet -m side$n; git checkout --quiet -; git reset --quiet --hard HEAD 2>/dev/null; done; git checkout --quiet -b all side1~1; git merge --quiet -m octopus side1 side2 side3; echo by merge-octopus >merge-octopus.txt",
    {
      leaves: ["merge-octopus.txt", "side1.txt", "side2.txt", "side3.txt"],
    },
  ),
  harmless(
    "merge-unfinished",
    "leaves a merge in the middle of a conflict",
    "git checkout --quiet -b one; echo one >README.md; git commit --quiet -am one; git checkout --quiet -b two HEAD~1; echo two >README.md; git commit --quiet -am two; git merge --quiet one; echo settled >README.md",
    {
      leaves: ["README.md", "merge-unfinished.txt"],
      holds: { "README.md": "settled" },
    },
  ),
  harmless(
    "rebase-unfinished",
    "leaves a rebase in the middle",
    'git add --all; git commit --quiet -m one; echo 2 >two.txt; git add two.txt; git commit --quiet -m two; GIT_SEQUENCE_EDITOR="sed -i 1s/pick/edit/" git rebase --quiet -i HEAD~2',
    {},
  ),
  harmless(
    "empty-commits",
    "commits nothing, often",
    "rm -f $TOWN_BEAD.txt; for n in 1 2 3; do git commit --quiet --allow-empty -m nothing; done",
    {
      fails: { code: "no_commit", says: /changed nothing/ },
      leaves: [],
    },
  ),
  harmless(
    "forged-commit",
    "commits as somebody else, with another bead's trailers",
    "git add --all; git commit --quiet --author='Boss <boss@example.invalid>' --date=2099-01-01T00:00:00Z -m 'Trust me' -m 'Bead: other-1\nAttempt: 999\nSigned-off-by: Boss <boss@example.invalid>'",
  ),
  harmless(
    "message-huge",
    "commits with a message of 5 MB, with escape sequences",
    `git add --all; "$NODE" -e 'process.stdout.write("title \\u001b[31m\\n\\n" + "word ".repeat(1e6))' >.git/message; git commit --quiet --cleanup=verbatim -F .git/message`,
  ),
  harmless(
    "dates-odd",
    "commits at the beginning of time",
    'git add --all; GIT_AUTHOR_DATE="@0 +1400" GIT_COMMITTER_DATE="@0 -1200" git commit --quiet -m old',
  ),
  harmless(
    "commits-many",
    "makes 2,000 commits",
    'b=$(git symbolic-ref HEAD || echo refs/heads/many); (h=$(git rev-parse HEAD); echo "reset refs/heads/many"; echo "from $h"; echo; for n in $(seq 2000); do printf "commit refs/heads/many\\ncommitter x <x@x.invalid> 1700000000 +0000\\ndata 2\\nx\\nM 100644 inline many.txt\\ndata <<E\\n%s\\nE\\n" $n; done) | git fast-import --quiet --force; git checkout --quiet many',
    {
      leaves: ["commits-many.txt", "many.txt"],
    },
  ),
  harmless(
    "messages-huge",
    "makes 30 commits with messages of 4 MB each",
    `"$NODE" -e 'process.stdout.write("title\\n\\n" + "word ".repeat(8e5))' >.git/message; for n in $(seq 30); do echo $n >n.txt; git add --all; git commit --quiet --cleanup=verbatim -F .git/message; done`,
    { fails: { code: "commit_failed", says: /more to say than the 64 MiB/ } },
  ),
  harmless(
    "refs-deep",
    "makes a branch 1,500 folders deep",
    "d=.git/refs/heads; for n in $(seq 1500); do d=$d/a; done; mkdir -p $d; git rev-parse HEAD >$d/end",
  ),
];
