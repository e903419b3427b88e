import { anything, type Case, harmless, proof } from "../case.ts";
import { deltaBomb, forge } from "../forge.ts";

/** A commit whose tree is made by hand, entry by entry. */
const forgedTree = (entries: string): string =>
  `b=$(echo forged | git hash-object -w --stdin); t=$(git rev-parse HEAD^{tree})
"$NODE" -e '
  const [b, t] = process.argv.slice(1).map((id) => Buffer.from(id, "hex"));
  const entry = (mode, name, id) => Buffer.concat([Buffer.from(mode + " " + name + "\\0"), id]);
  process.stdout.write(Buffer.concat([${entries}]));' "$b" "$t" >.git/tree
tree=$(git hash-object -t tree -w --literally .git/tree)
git update-ref HEAD "$(git commit-tree -m forged -p HEAD $tree)"`;

/** A submodule as git itself adds one. */
const added = 'git -c protocol.file.allow=always submodule --quiet add "$REMOTE" sub';

/** Commits a submodule of this name and URL, as `git submodule add` would, and leaves its empty folder. */
const submodule = (name: string, url: string): string =>
  `mkdir x; printf '[submodule "${name}"]\\n\\tpath = x\\n\\turl = %s\\n' "${url}" >.gitmodules; git add .gitmodules
git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),x; git commit --quiet -m sub`;

const leftOut = /Commit \w+ is unsound, or not all of it is there: it was left out/;

/** Objects that are not what they should be, and pointers to other repositories. No two that land leave one file. */
export const objects: Case[] = [
  harmless("tree-with-git", "commits a tree with an entry called .git", forgedTree('entry("100644", ".git", b)')),
  harmless("tree-with-git-dir", "commits a tree with a folder called .GIT", forgedTree('entry("40000", ".GIT", t)')),
  harmless("tree-with-dots", "commits a tree with an entry called ..", forgedTree('entry("40000", "..", t)')),
  harmless("tree-with-slash", "commits a tree with a slash in a name", forgedTree('entry("100644", "a/../../b", b)')),
  harmless(
    "tree-doubled",
    "commits a tree with one name twice",
    forgedTree('entry("100644", "a", b), entry("100644", "a", b)'),
  ),
  harmless(
    "object-missing",
    "commits, and removes the object of what it committed",
    "git add --all; git commit --quiet -m mine; o=$(git rev-parse HEAD:$TOWN_BEAD.txt); rm -f .git/objects/$(echo $o | sed 's,^..,&/,') $TOWN_BEAD.txt",
    { fails: { code: "no_commit", says: /changed nothing.*(unsound|not all of it)/s } },
  ),
  harmless(
    "object-broken",
    "commits, and breaks the object of what it committed",
    "git add --all; git commit --quiet -m mine; o=$(git rev-parse HEAD:$TOWN_BEAD.txt | sed 's,^..,&/,'); chmod 644 .git/objects/$o; echo nonsense >.git/objects/$o",
  ),
  harmless(
    "gitlink-forged",
    "commits a pointer to a commit of no known repository",
    "git update-index --add --cacheinfo 160000,1234567890123456789012345678901234567890,sub; mkdir sub; git commit --quiet -m link",
    { fails: { code: "submodule_missing", says: /sub.*\.gitmodules/s } },
  ),
  harmless(
    "submodule-option",
    "adds a submodule whose URL is an option",
    submodule("x", "--upload-pack=touch $OUTSIDE/ran-option"),
    { fails: { code: "submodule_missing", says: /x.*URL/s } },
  ),
  harmless(
    "submodule-ext",
    "adds a submodule whose URL runs a program",
    submodule("x", "ext::touch $OUTSIDE/ran-ext"),
    {
      fails: { code: "submodule_missing", says: /x.*URL/s },
    },
  ),
  harmless("submodule-name", "adds a submodule whose name leaves the repository", submodule("../../../x", "$REMOTE"), {
    fails: { code: "submodule_missing", says: /name/ },
  }),
  harmless(
    "submodule-config",
    "adds a submodule that is to be updated by a program",
    `${submodule("x", "$REMOTE")}
printf '\\tupdate = !touch "$OUTSIDE/ran-update"\\n' >>.gitmodules; git commit --quiet --all -m more`,
    {
      fails: { code: "submodule_missing", says: /update must not be a command/ },
    },
  ),
  harmless(
    "submodule-unknown",
    "adds a submodule at a commit that its repository does not have",
    `${submodule("x", "$REMOTE")}; git update-index --cacheinfo 160000,1234567890123456789012345678901234567890,x; git commit --quiet -m more`,
    { fails: { code: "submodule_missing", says: /x.*1234567890/s } },
  ),
  harmless("gitmodules-linked", "makes .gitmodules a link", "ln -s /etc/passwd .gitmodules", {
    fails: { code: "commit_failed", says: /invalid path '\.gitmodules'/ },
  }),
  harmless(
    "modules-hooks",
    "adds a submodule with programs as its hooks and in its configuration",
    `${added}
mkdir -p .git/modules/sub/hooks; for each in post-checkout pre-push post-index-change; do printf '#!/bin/sh\\n%s\\n' '${proof}' >.git/modules/sub/hooks/$each; chmod +x .git/modules/sub/hooks/$each; done
git config --file .git/modules/sub/config core.fsmonitor "touch $OUTSIDE/ran-monitor"; git config --file .git/modules/sub/config core.sshCommand "touch $OUTSIDE/ran-ssh"`,
    { leaves: [".gitmodules", "modules-hooks.txt", "sub"] },
  ),
  harmless(
    "modules-worktree",
    "adds a submodule whose configuration names the user's folder as its own",
    `${added}; git config --file .git/modules/sub/config core.worktree "$USER_REPOSITORY"`,
    { leaves: [".gitmodules", "modules-worktree.txt", "sub"] },
  ),
  harmless(
    "modules-elsewhere",
    "adds a submodule, and has its .git name the user's repository",
    `${added}; echo "gitdir: $USER_REPOSITORY/.git" >sub/.git`,
    { leaves: anything, holds: { "sub/src/one.txt": "src/one.txt of shop" } },
  ),
  harmless(
    "submodule-path",
    "adds a submodule whose path leaves the repository",
    `${submodule("x", "$REMOTE")}; git config --file .gitmodules submodule.x.path ../../x; git commit --quiet --all -m more`,
    { fails: { code: "submodule_missing", says: /path must lie inside/ } },
  ),
  harmless(
    "submodules-many",
    "declares 50,000 submodules that are nowhere",
    `"$NODE" -e 'for (let n = 0; n < 50000; n++) console.log("[submodule \\"s" + n + "\\"]\\n\\tpath = s" + n + "\\n\\turl = ../s" + n)' >.gitmodules; git add --all; git commit --quiet -m many`,
    { leaves: [".gitmodules", "submodules-many.txt"] },
  ),
  harmless(
    "tree-bomb",
    "commits a dozen trees that come to ten thousand million files",
    `${forge}
let id = write("blob", Buffer.from("boom"));
let mode = "100644";
for (let depth = 0; depth < 10; depth++) {
  const entries = Array.from({ length: 10 }, (_, n) => entry(mode, "d" + n, id));
  id = write("tree", Buffer.concat(entries));
  mode = "40000";
}
commit(id);'`,
    { fails: { code: "too_many_files", says: /more files.*Commit less/ } },
  ),
  harmless(
    "tree-deep",
    "commits a folder 40,000 folders deep",
    `${forge}
let id = write("tree", entry("100644", "f", write("blob", Buffer.from("deep"))));
const parts = [];
for (let depth = 0; depth < 40000; depth++) {
  const tree = entry("40000", "d", id);
  id = idOf("tree", tree);
  parts.push([header(2, tree.length), deflateSync(tree)]);
}
pack(parts);
commit(id);'`,
    { told: leftOut },
  ),
  harmless(
    "path-long",
    "commits a file under a path of 5,000 letters, and removes it again",
    `${forge}
let id = write("tree", entry("100644", "f", write("blob", Buffer.from("long"))));
for (let depth = 0; depth < 100; depth++) id = write("tree", entry("40000", "d".repeat(50), id));
commit(id);'`,
    { fails: { code: "commit_failed", says: /longer than/ } },
  ),
  harmless(
    "tree-mode-odd",
    "commits files with modes that none has",
    forgedTree('entry("100600", "a", b), entry("170000", "b", b)'),
  ),
  harmless(
    "blob-bomb",
    "commits a file of 2.5 GB of nothing, which takes 10 MB",
    `o=$(truncate -s 2500M "$WATCH/zeros"; git -c core.compression=1 hash-object -w "$WATCH/zeros"); rm "$WATCH/zeros"; git update-index --add --cacheinfo 100644,$o,zeros; git commit --quiet -m zeros; git update-index --skip-worktree zeros`,
    { fails: { code: "work_too_large", says: /zeros has 2\.4 GiB/ }, maxRunMs: 120_000 },
  ),
  harmless(
    "delta-bomb",
    "commits a file that is 1.5 GB of differences of differences, in a pack of a few kilobytes",
    deltaBomb,
    { maxRunMs: 120_000, told: leftOut },
  ),
  harmless(
    "commit-headless",
    "commits without saying who, when, or what",
    `git add --all; t=$(git write-tree); c=$(printf 'tree %s\nparent %s\n\n' $t $(git rev-parse HEAD) | git hash-object -t commit -w --stdin --literally); git update-ref HEAD $c`,
  ),
  harmless(
    "commit-nul",
    "commits with a NUL and a bare carriage return in the message",
    `git add --all; t=$(git write-tree); c=$(printf 'tree %s\nparent %s\nauthor x <x@x.invalid> 1700000000 +0000\ncommitter x <x@x.invalid> 1700000000 +0000\nencoding nonsense\n\nsaid\\000unsaid\\r\n' $t $(git rev-parse HEAD) | git hash-object -t commit -w --stdin --literally); git update-ref HEAD $c`,
  ),
  harmless(
    "head-at-tag",
    "has its branch be a tag of a tag, and another a file",
    `git add --all; git commit --quiet -m mine; git tag -a -m one one; git tag -a -m two two one 2>/dev/null; git rev-parse HEAD:README.md >.git/refs/heads/blob; git rev-parse two >.git/two; mv .git/two .git/HEAD`,
  ),
  harmless(
    "nested-repository",
    "begins a repository in a folder and commits there",
    "git init --quiet inner; cd inner; echo inner >inner.txt; git add inner.txt; git commit --quiet -m inner",
    { leaves: ["inner/inner.txt", "nested-repository.txt"] },
  ),
  harmless(
    "nested-committed",
    "begins a repository in a folder, and commits it as a pointer",
    "git init --quiet committed; cd committed; echo committed >committed.txt; git add committed.txt; git commit --quiet -m committed; cd ..; git add --all 2>/dev/null; git commit --quiet -m outer",
    { leaves: ["committed/committed.txt", "nested-committed.txt"] },
  ),
  harmless(
    "nested-empty",
    "begins a repository in a folder and leaves a file there",
    "git init --quiet hollow; echo hollow >hollow/hollow.txt",
    { leaves: ["hollow/hollow.txt", "nested-empty.txt"] },
  ),
  harmless(
    "nested-elsewhere",
    "leaves a folder whose .git names the user's repository",
    'mkdir elsewhere; echo "gitdir: $USER_REPOSITORY/.git" >elsewhere/.git; echo x >elsewhere/x.txt',
    { leaves: ["elsewhere/x.txt", "nested-elsewhere.txt"] },
  ),
  harmless(
    "nested-fifo",
    "leaves a folder whose .git is a FIFO",
    "mkdir piped; mkfifo piped/.git; echo x >piped/x.txt",
    {
      leaves: ["piped/x.txt", "nested-fifo.txt"],
    },
  ),
  harmless(
    "nested-in-src",
    "begins a repository in a folder of the rig's own",
    "cd src; git init --quiet; git add --all; git commit --quiet -m inner; echo more >>one.txt",
    { leaves: ["nested-in-src.txt", "src/one.txt"] },
  ),
  harmless(
    "bare-inside",
    "leaves a bare repository with a program in a folder",
    `git init --quiet --bare inner.git; rm -rf inner.git/hooks/* inner.git/info; printf '#!/bin/sh\\ntouch "$OUTSIDE/ran-bare"\\n' >inner.git/hooks/post-checkout`,
    {
      leaves: [
        "bare-inside.txt",
        "inner.git/HEAD",
        "inner.git/config",
        "inner.git/description",
        "inner.git/hooks/post-checkout",
      ],
    },
  ),
];
