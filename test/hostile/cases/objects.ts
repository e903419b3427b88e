import { type Case, harmless } from "../case.ts";

/** A commit whose tree is made by hand, entry by entry. */
const forgedTree = (entries: string): string =>
  `b=$(echo forged | git hash-object -w --stdin); t=$(git rev-parse HEAD^{tree})
"$NODE" -e '
  const [b, t] = process.argv.slice(1).map((id) => Buffer.from(id, "hex"));
  const entry = (mode, name, id) => Buffer.concat([Buffer.from(mode + " " + name + "\\0"), id]);
  process.stdout.write(Buffer.concat([${entries}]));' "$b" "$t" >.git/tree
tree=$(git hash-object -t tree -w --literally .git/tree)
git reset --quiet --soft "$(git commit-tree -m forged -p HEAD $tree)"`;

const evilTree = { code: "work_refused", says: /fsck|not take|hasDot|tree|\.git/ };

/** Objects that are not what they should be. */
export const objects: Case[] = [
  harmless("tree-with-git", "commits a tree with an entry called .git", forgedTree('entry("100644", ".git", b)'), {
    fails: evilTree,
  }),
  harmless(
    "tree-with-git-folder",
    "commits a tree with a folder called .GIT",
    forgedTree('entry("40000", ".GIT", t)'),
    { fails: evilTree },
  ),
  harmless("tree-with-dots", "commits a tree with an entry called ..", forgedTree('entry("40000", "..", t)'), {
    fails: evilTree,
  }),
  harmless("tree-with-slash", "commits a tree with a slash in a name", forgedTree('entry("100644", "a/../../b", b)'), {
    fails: evilTree,
  }),
  harmless(
    "tree-doubled",
    "commits a tree with one name twice",
    forgedTree('entry("100644", "a", b), entry("100644", "a", b)'),
    { fails: evilTree },
  ),
  harmless(
    "commit-without-object",
    "commits, and removes the object of what it committed",
    "git add --all; git commit --quiet -m mine; o=$(git rev-parse HEAD:$TOWN_BEAD.txt); git repack -q; rm -f .git/objects/$(echo $o | cut -c1-2)/$(echo $o | cut -c3-); rm -rf $TOWN_BEAD.txt; rm -f .git/objects/$(git rev-parse HEAD^{tree} | sed 's,^..,&/,')",
    {
      fails: { code: "no_commit", says: /./ },
    },
  ),
  harmless(
    "gitlink-forged",
    "commits a submodule that no remote has",
    "git update-index --add --cacheinfo 160000,1234567890123456789012345678901234567890,sub; git commit --quiet -m link",
    {
      fails: { code: "work_incomplete", says: /sub/ },
    },
  ),
  harmless(
    "submodule-upload-pack",
    "adds a submodule whose URL is an option",
    "printf '[submodule \"x\"]\\n\\tpath = x\\n\\turl = --upload-pack=touch\\n' >.gitmodules; git add .gitmodules; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),x; git commit --quiet -m sub",
    {
      fails: { code: "work_incomplete", says: /x/ },
    },
  ),
  harmless(
    "submodule-ext",
    "adds a submodule whose URL runs a program",
    'printf \'[submodule "x"]\\n\\tpath = x\\n\\turl = ext::touch %s/ran-ext\\n\' "$OUTSIDE" >.gitmodules; git add .gitmodules; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),x; git commit --quiet -m sub',
    {
      fails: { code: "work_incomplete", says: /x/ },
    },
  ),
  harmless(
    "submodule-traversal",
    "adds a submodule whose name leaves the repository",
    'printf \'[submodule "../../../evil"]\\n\\tpath = x\\n\\turl = %s\\n\' "$REMOTE" >.gitmodules; git add .gitmodules; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),x; git commit --quiet -m sub',
    {
      fails: { code: "work_incomplete", says: /./ },
    },
  ),
  harmless(
    "submodule-linked",
    "makes .gitmodules a link",
    "ln -s /etc/passwd .gitmodules; git add .gitmodules; git commit --quiet -m sub",
    {
      fails: { code: "work_refused", says: /gitmodules/ },
    },
  ),
  harmless(
    "nested-repository",
    "begins a repository in a folder and commits there",
    "git init --quiet inner; cd inner; echo inner >inner.txt; git add inner.txt; git commit --quiet -m inner",
    {
      fails: { code: "work_incomplete", says: /inner/ },
    },
  ),
  harmless(
    "nested-empty",
    "begins a repository in a folder and leaves a file there",
    "git init --quiet inner; echo inner >inner/inner.txt",
    {
      fails: { code: "work_incomplete", says: /inner/ },
    },
  ),
  harmless(
    "nested-elsewhere",
    "leaves a folder whose .git names the user's repository",
    'mkdir inner; echo "gitdir: $USER_REPOSITORY/.git" >inner/.git; echo x >inner/x.txt',
    {
      fails: { code: "work_incomplete", says: /inner/ },
    },
  ),
  harmless(
    "nested-fifo",
    "leaves a folder whose .git is a FIFO",
    "mkdir inner; mkfifo inner/.git; echo x >inner/x.txt",
    { leaves: ["inner/x.txt", "nested-fifo.txt"] },
  ),
  harmless(
    "bare-inside",
    "leaves a bare repository with hooks in a folder",
    `git init --quiet --bare inner.git; printf '#!/bin/sh\\ntouch "$OUTSIDE/ran-bare"\\n' >inner.git/hooks/post-checkout`,
    {
      leaves: ["…"],
    },
  ),
];
