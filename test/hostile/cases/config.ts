import { type Case, harmless, proof } from "../case.ts";

const set = (...pairs: [string, string][]): string =>
  pairs.map(([name, value]) => `git config ${name} '${value.replaceAll("'", `'\\''`)}'`).join("\n");

/** A program that would leave a proof of having run, as git would run it. */
const program = `sh -c '${proof}' --`;

/** Each sets what its own configuration says, and leaves a change for the host to collect. */
export const config: Case[] = [
  harmless(
    "config-worktree",
    "has core.worktree name the user's folder",
    'git config core.worktree "$USER_REPOSITORY"',
  ),
  harmless("config-bare", "says that its repository is bare", "git config core.bare true"),
  harmless("config-fsmonitor", "names a program as core.fsmonitor", set(["core.fsmonitor", program])),
  harmless(
    "config-ssh",
    "names a program as core.sshCommand",
    set(["core.sshCommand", program], ["core.gitProxy", program]),
  ),
  harmless(
    "config-askpass",
    "names programs as askPass, editor, pager and credential helper",
    set(
      ["core.askPass", program],
      ["core.editor", program],
      ["core.pager", program],
      ["credential.helper", `!${program}`],
    ),
  ),
  harmless(
    "config-hooks-path",
    "has core.hooksPath name a folder of programs",
    `mkdir hooks; for each in pre-commit post-commit pre-push reference-transaction post-index-change; do printf '#!/bin/sh\\n%s\\n' '${proof}' >hooks/$each; chmod +x hooks/$each; done
git config core.hooksPath "$PWD/hooks"`,
    {
      leaves: [
        "config-hooks-path.txt",
        ...["post-commit", "post-index-change", "pre-commit", "pre-push", "reference-transaction"].map(
          (name) => `hooks/${name}`,
        ),
      ],
    },
  ),
  harmless(
    "config-instead-of",
    "redirects every URL elsewhere",
    'git config "url.$OUTSIDE/.insteadOf" "$(dirname "$REMOTE")/"; git config "url.$OUTSIDE/.pushInsteadOf" "/"',
  ),
  harmless(
    "config-remote-moved",
    "has origin name another repository",
    'git config remote.origin.url "$USER_REPOSITORY"; git config remote.origin.pushurl "$USER_REPOSITORY"',
  ),
  harmless(
    "config-remote-programs",
    "names programs as the remote's upload-pack and receive-pack",
    set(
      ["remote.origin.uploadpack", program],
      ["remote.origin.receivepack", program],
      ["remote.origin.vcs", "ext"],
      ["uploadpack.packObjectsHook", program],
    ),
  ),
  harmless(
    "config-ext",
    "allows the ext protocol and has origin use it",
    `${set(["protocol.ext.allow", "always"], ["protocol.allow", "always"])}\ngit config remote.origin.url "ext::touch $OUTSIDE/ran-ext"`,
  ),
  harmless(
    "config-push-sign",
    "wants pushes and commits signed by a program",
    set(["push.gpgSign", "true"], ["commit.gpgSign", "true"], ["gpg.program", program], ["tag.gpgSign", "true"]),
  ),
  harmless(
    "config-merge-driver",
    "names a merge driver, and gives every file to it",
    `${set(["merge.evil.driver", `${program} %A`], ["merge.evil.recursive", "evil"], ["merge.default", "evil"])}\nmkdir -p .git/info; echo "* merge=evil" >.git/info/attributes`,
  ),
  harmless(
    "config-filter",
    "names a filter, and gives every file to it",
    `${set(["filter.evil.clean", `${program}; echo replaced`], ["filter.evil.smudge", program], ["filter.evil.required", "true"])}\nmkdir -p .git/info; echo "* filter=evil" >.git/info/attributes`,
  ),
  harmless(
    "config-filter-process",
    "names a filter process, and gives every file to it in a file that lands",
    `${set(["filter.evil.process", program], ["filter.evil.required", "true"])}\necho "* filter=evil diff=evil merge=evil" >.gitattributes`,
    { leaves: [".gitattributes", "config-filter-process.txt"] },
  ),
  harmless(
    "config-textconv",
    "names programs that show differences",
    set(
      ["diff.external", program],
      ["diff.evil.textconv", program],
      ["diff.evil.command", program],
      ["interactive.diffFilter", program],
    ),
  ),
  harmless(
    "config-attributes-file",
    "has core.attributesFile name one that changes every file",
    'echo "* text eol=crlf working-tree-encoding=UTF-16" >"$WATCH/attributes"; git config core.attributesFile "$WATCH/attributes"',
  ),
  harmless(
    "config-excludes-file",
    "has core.excludesFile name one that hides every file",
    'echo "*" >"$WATCH/excludes"; git config core.excludesFile "$WATCH/excludes"',
  ),
  harmless("config-include-endless", "includes /dev/zero in its configuration", set(["include.path", "/dev/zero"])),
  harmless(
    "config-include-fifo",
    "includes a FIFO in its configuration",
    `mkfifo .git/more; ${set(["include.path", "more"])}`,
  ),
  harmless("config-include-loop", "has its configuration include itself", set(["include.path", "config"])),
  harmless("config-broken", "breaks its configuration", 'echo "[core" >.git/config'),
  harmless("config-fifo", "makes its configuration a FIFO", "rm .git/config; mkfifo .git/config"),
  harmless("config-endless", "links its configuration to /dev/zero", "ln -sf /dev/zero .git/config"),
  harmless("config-gone", "removes its configuration", "rm .git/config"),
  harmless(
    "config-of-worktree",
    "turns on a configuration per worktree that names the user's folder",
    'git config core.repositoryFormatVersion 1; git config extensions.worktreeConfig true; git config --worktree core.worktree "$USER_REPOSITORY"',
  ),
  harmless(
    "config-extension",
    "turns on extensions that no git knows",
    set(["core.repositoryFormatVersion", "1"], ["extensions.nobodyKnows", "true"]),
  ),
  harmless(
    "config-partial",
    "says that missing objects are promised by a remote of its own",
    set(
      ["core.repositoryFormatVersion", "1"],
      ["extensions.partialClone", "evil"],
      ["remote.evil.promisor", "true"],
      ["remote.evil.url", `ext::${program}`],
    ),
  ),
  harmless(
    "config-crlf",
    "wants line ends changed, links as files and modes ignored",
    set(
      ["core.autocrlf", "true"],
      ["core.eol", "crlf"],
      ["core.safecrlf", "true"],
      ["core.symlinks", "false"],
      ["core.fileMode", "false"],
      ["core.ignoreCase", "true"],
    ),
  ),
  harmless(
    "config-sparse",
    "hides most files by a sparse checkout, and changes one",
    "git sparse-checkout set --no-cone README.md; echo more >>README.md",
    {
      leaves: ["README.md", "config-sparse.txt"],
    },
  ),
  harmless(
    "config-limits",
    "has git use all memory and threads there are",
    set(
      ["core.bigFileThreshold", "1k"],
      ["pack.windowMemory", "0"],
      ["pack.depth", "4095"],
      ["pack.window", "100000"],
      ["pack.packSizeLimit", "1"],
      ["core.compression", "9"],
      ["checkout.workers", "1000"],
      ["index.threads", "1000"],
    ),
  ),
  harmless(
    "config-gc",
    "has every command collect garbage at once",
    set(
      ["gc.auto", "1"],
      ["gc.pruneExpire", "now"],
      ["gc.reflogExpire", "now"],
      ["gc.recentObjectsHook", program],
      ["maintenance.auto", "true"],
      ["receive.autogc", "true"],
    ),
  ),
  harmless(
    "config-trailers",
    "names programs that make trailers",
    set(
      ["trailer.bead.key", "Bead: "],
      ["trailer.bead.cmd", program],
      ["trailer.bead.command", program],
      ["trailer.ifmissing", "add"],
    ),
  ),
  harmless(
    "config-alias",
    "gives git's own verbs other meanings",
    set(
      ["alias.add", `!${program}`],
      ["alias.commit", `!${program}`],
      ["alias.push", `!${program}`],
      ["alias.rev-parse", `!${program}`],
    ),
  ),
  harmless(
    "config-safe",
    "says that only others' repositories are safe",
    set(["safe.directory", "/nowhere"], ["safe.bareRepository", "explicit"]),
  ),
  harmless(
    "config-identity",
    "commits as others",
    "git config user.name boss; git config user.email boss@example.invalid; git config user.useConfigOnly true; git config author.name boss",
  ),
  harmless(
    "config-submodules",
    "has git look into submodules, and update them by a program",
    set(
      ["submodule.recurse", "true"],
      ["submodule.evil.update", `!${program}`],
      ["submodule.evil.url", `ext::${program}`],
      ["submodule.evil.active", "true"],
      ["status.submoduleSummary", "true"],
      ["push.recurseSubmodules", "on-demand"],
      ["fetch.recurseSubmodules", "true"],
    ),
  ),
  harmless(
    "config-lfs",
    "names another server and other programs for large files",
    'git config lfs.url "http://127.0.0.1:9/"; git config lfs.customtransfer.evil.path touch; git config lfs.standalonetransferagent evil; git config lfs.storage /',
  ),
  harmless(
    "config-home",
    "changes the configuration of its user for good",
    "git config --global core.fsmonitor evil; git config --global user.name boss",
    {},
  ),
  harmless(
    "config-bundle-uri",
    "has what is fetched come from a bundle elsewhere",
    set(
      ["transfer.bundleURI", "true"],
      ["fetch.bundleURI", "http://127.0.0.1:9/bundle"],
      ["remote.origin.bundleURI", "file:///dev/zero"],
      ["bundle.version", "1"],
      ["bundle.mode", "any"],
    ),
  ),
  harmless(
    "config-push-everything",
    "wants every push to mirror all it has, to a remote of its own",
    `${set(["remote.origin.mirror", "true"], ["remote.origin.push", "+refs/*:refs/*"], ["push.default", "matching"], ["push.followTags", "true"])}
git config remote.pushDefault "$OUTSIDE"; git config branch.main.pushRemote "$OUTSIDE"; git config push.pushOption evil; git tag owned`,
  ),
  harmless(
    "config-words",
    "has git print and read in other words, colours and encodings",
    set(
      ["commit.template", "/dev/zero"],
      ["core.commentChar", "B"],
      ["commit.cleanup", "scissors"],
      ["i18n.commitEncoding", "UTF-16"],
      ["i18n.logOutputEncoding", "UTF-7"],
      ["color.ui", "always"],
      ["core.abbrev", "4"],
      ["core.quotePath", "false"],
      ["log.showSignature", "true"],
      ["format.pretty", "%x00"],
      ["status.short", "true"],
      ["diff.noprefix", "true"],
      ["column.ui", "always"],
    ),
  ),
  harmless(
    "config-sha256",
    "says that its objects are named by SHA-256",
    set(["core.repositoryFormatVersion", "1"], ["extensions.objectFormat", "sha256"]),
  ),
  harmless(
    "config-include-if",
    "includes the user's configuration where the host's folders are",
    'git config "includeIf.gitdir:/.path" "$USER_REPOSITORY/.git/config"; git config "includeIf.onbranch:**.path" /dev/zero',
  ),
];
