import { anything, type Case, harmless } from "../case.ts";

/** What lies in the working copy. */
export const files: Case[] = [
  harmless(
    "link-out",
    "leaves links to files and folders outside",
    'ln -s "$OUTSIDE/secret.txt" stolen; ln -s "$OUTSIDE" folder; ln -s / root; ln -s /dev/zero endless',
    {
      leaves: ["endless", "folder", "link-out.txt", "root", "stolen"],
    },
  ),
  harmless(
    "link-over",
    "replaces a file and a folder by links to outside",
    'ln -sf "$OUTSIDE/secret.txt" README.md; rm -r src; ln -s "$OUTSIDE" src',
    {
      leaves: ["README.md", "link-over.txt", "src", "src/deep/three.txt", "src/one.txt", "src/two.txt"],
    },
  ),
  harmless(
    "link-loop",
    "leaves links that lead round in circles",
    "ln -s round a-round; ln -s a-round round; ln -s . self; mkdir deep; ln -s .. deep/up",
    {
      leaves: ["a-round", "deep/up", "link-loop.txt", "round", "self"],
    },
  ),
  harmless("hard-link", "leaves a hard link to a file outside", 'ln "$OUTSIDE/secret.txt" stolen.txt', {
    leaves: ["hard-link.txt", "stolen.txt"],
  }),
  harmless("fifo-in-tree", "leaves FIFOs", "mkfifo pipe src/pipe"),
  harmless("fifo-for-file", "puts a FIFO where a file was", "rm README.md; mkfifo README.md", {
    fails: { code: "commit_failed", says: /README\.md: can only add regular files/ },
  }),
  harmless(
    "socket-in-tree",
    "leaves a socket",
    `"$NODE" -e 'require("net").createServer().listen("socket", () => process.kill(process.pid, "SIGKILL"))'; true`,
  ),
  harmless("device-in-tree", "leaves devices", "mknod zero c 1 5 2>/dev/null; mknod disk b 7 0 2>/dev/null; true"),
  harmless("mode-none", "takes all rights from files and folders", "chmod 000 README.md src", {
    leaves: ["mode-none.txt"],
  }),
  harmless("mode-setuid", "leaves a program that would run as another", "cp /bin/true tool; chmod 6755 tool", {
    leaves: ["mode-setuid.txt", "tool"],
  }),
  harmless("immutable", "makes files and folders immutable", "chattr +i README.md src 2>/dev/null; true", {
    again: true,
  }),
  harmless(
    "names-odd",
    "leaves names with line ends, escape sequences and options",
    `"$NODE" -e '
    const fs = require("fs");
    for (const name of ["line\\nend", "\\u001b[31mred", "-rf", "--help", ":(glob)**", "!x", " end ", "\\"quoted\\"", "\\\\", "%s%n"]) fs.writeFileSync(name, "x");'`,
    {
      leaves: [
        "line\nend",
        "\u001b[31mred",
        "-rf",
        "--help",
        ":(glob)**",
        "!x",
        " end ",
        '"quoted"',
        "\\",
        "%s%n",
        "names-odd.txt",
      ],
    },
  ),
  harmless(
    "names-bytes",
    "leaves a name that is no text",
    `"$NODE" -e 'require("fs").writeFileSync(Buffer.from([0x61, 0xff, 0xfe]), "x")'`,
    { leaves: ["a\ufffd\ufffd", "names-bytes.txt"] },
  ),
  harmless(
    "names-long",
    "leaves the longest name there can be",
    `"$NODE" -e 'require("fs").writeFileSync("n".repeat(255), "x")'`,
    { leaves: ["n".repeat(255), "names-long.txt"] },
  ),
  harmless(
    "names-case",
    "leaves names that differ in case alone",
    "mkdir Up up; echo 1 >Up/x; echo 2 >up/x; echo 3 >readme.md",
    { leaves: ["Up/x", "names-case.txt", "readme.md", "up/x"] },
  ),
  harmless(
    "names-git",
    "leaves names that other systems take for .git",
    "echo x >GIT~1; mkdir .GiT; echo x >.GiT/config",
    { fails: { code: "commit_failed", says: /invalid path .*GiT/s } },
  ),
  harmless(
    "names-unicode",
    "leaves names that other systems take for .git, by letters that nobody sees",
    `"$NODE" -e '
    const fs = require("fs");
    for (const name of [".g\\u200cit", ".git\\u200d", ".git ", ".git.", "git~1", ".git::$INDEX_ALLOCATION"]) { fs.mkdirSync(name); fs.writeFileSync(name + "/config", "x"); }'`,
    { fails: { code: "commit_failed", says: /invalid path .*git/is } },
  ),
  harmless(
    "swaps",
    "leaves a process that goes on swapping a file for a link, a folder and a FIFO",
    `env -i OUTSIDE="$OUTSIDE" setsid sh -c 'n=0; while [ $n -lt 400 ]; do n=$((n + 1)); rm -rf x; echo file >x; rm x; ln -s "$OUTSIDE/secret.txt" x; rm x; mkdir x; rm -rf x; mkfifo x; done; rm -f x; echo last >x' >/dev/null 2>&1 & sleep 0.3`,
    { leaves: anything },
  ),
  harmless(
    "deep",
    "leaves folders deeper than any path may be long",
    `"$NODE" -e '
    const fs = require("fs");
    for (let n = 0; n < 300; n++) { fs.mkdirSync("d".repeat(20)); process.chdir("d".repeat(20)); }
    fs.writeFileSync("end.txt", "x");'`,
    { fails: { code: "commit_failed", says: /longer than/ }, again: true },
  ),
  harmless(
    "files-many",
    "leaves 100,000 files",
    `"$NODE" -e '
    const fs = require("fs");
    for (let d = 0; d < 100; d++) { fs.mkdirSync("many/" + d, { recursive: true }); for (let n = 0; n < 1000; n++) fs.writeFileSync("many/" + d + "/" + n, "x"); }'`,
    { leaves: anything, maxRunMs: 120_000 },
  ),
  harmless("file-sparse", "leaves a file of 10 GB that takes no room", "truncate -s 10G big.bin", {
    fails: { code: "work_too_large", says: /big\.bin.*10/s },
    again: true,
  }),
  harmless("all-removed", "removes every file", "rm -rf ./*", { leaves: anything }),
  harmless(
    "folder-for-file",
    "puts a folder where a file was, and a file where a folder was",
    "rm README.md; mkdir README.md; echo x >README.md/x; rm -r src; echo x >src",
    {
      leaves: [
        "README.md",
        "README.md/x",
        "folder-for-file.txt",
        "src",
        "src/deep/three.txt",
        "src/one.txt",
        "src/two.txt",
      ],
    },
  ),
  harmless("place-removed", "removes its whole working copy", 'cd ..; rm -rf "$TOWN_WORKTREE"', {
    fails: { code: "workspace_gone", says: /removed its working copy/ },
    again: true,
  }),
  harmless(
    "place-linked",
    "puts a link to the user's repository where its working copy was",
    'cd ..; rm -rf "$TOWN_WORKTREE"; ln -s "$USER_REPOSITORY" "$TOWN_WORKTREE"',
    {
      fails: { code: "workspace_gone", says: /removed its working copy/ },
      again: true,
    },
  ),
  harmless(
    "place-fifo",
    "puts a FIFO where its working copy was",
    'cd ..; rm -rf "$TOWN_WORKTREE"; mkfifo "$TOWN_WORKTREE"',
    {
      fails: { code: "workspace_gone", says: /removed its working copy/ },
      again: true,
    },
  ),
  harmless(
    "place-moved",
    "moves its working copy away, and puts a copy of the user's there",
    'cd ..; mv "$TOWN_WORKTREE" "$WATCH/moved"; git clone --quiet "$USER_REPOSITORY" "$TOWN_WORKTREE"',
    {
      fails: { code: "workspace_gone", says: /something else in its place/ },
      again: true,
    },
  ),
];
