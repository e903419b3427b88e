import { type Case, harmless } from "../case.ts";

/** What lies beside its clone: inbox, prompt, logs, the places of other attempts. */
export const beside: Case[] = [
  harmless(
    "inbox-fifo",
    "puts a FIFO where its inbox was",
    'rm -f "$TOWNKEEPER_INBOX"; mkfifo "$TOWNKEEPER_INBOX"; ready',
    { message: true },
  ),
  harmless("inbox-endless", "links its inbox to /dev/zero", 'ln -sf /dev/zero "$TOWNKEEPER_INBOX"; ready', {
    message: true,
  }),
  harmless(
    "inbox-outside",
    "links its inbox to a file outside",
    'ln -sf "$OUTSIDE/secret.txt" "$TOWNKEEPER_INBOX"; ready',
    { message: true },
  ),
  harmless(
    "inbox-hard-link",
    "has its inbox be a hard link to a file outside",
    'ln -f "$OUTSIDE/secret.txt" "$TOWNKEEPER_INBOX"; ready',
    { message: true },
  ),
  harmless("inbox-huge", "has an inbox of 8 GB", 'truncate -s 8G "$TOWNKEEPER_INBOX"; ready', { message: true }),
  harmless(
    "inbox-folder",
    "puts a folder where its inbox was",
    'rm -f "$TOWNKEEPER_INBOX"; mkdir "$TOWNKEEPER_INBOX"; ready',
    { message: true },
  ),
  harmless("inbox-gone", "removes the folder of its inbox", 'rm -rf "$(dirname "$TOWNKEEPER_INBOX")"; ready', {
    message: true,
  }),
  harmless(
    "inbox-parent-linked",
    "links the folder of its inbox to outside",
    'd=$(dirname "$TOWNKEEPER_INBOX"); rm -rf "$d"; ln -s "$OUTSIDE" "$d"; ready',
    { message: true },
  ),
  harmless(
    "result-fifo",
    "puts a FIFO where it may say that there is nothing to do, and does nothing",
    'rm -f "$TOWN_BEAD.txt" "$TOWN_RESULT_FILE"; mkfifo "$TOWN_RESULT_FILE"',
    { fails: { code: "no_commit", says: /changed nothing/ } },
  ),
  harmless(
    "result-outside",
    "links what it says of its result to a file outside, and does nothing",
    'rm -f "$TOWN_BEAD.txt"; printf \'{"outcome":"nothing_to_do","reason":"%s"}\' "$MODEL_API_KEY" >"$WATCH/result"; ln -sf "$WATCH/result" "$TOWN_RESULT_FILE"',
    { fails: { code: "no_commit", says: /changed nothing/ } },
  ),
  harmless(
    "result-huge",
    "says at a length of 8 GB that there is nothing to do",
    'rm -f "$TOWN_BEAD.txt"; truncate -s 8G "$TOWN_RESULT_FILE"',
    { fails: { code: "no_commit", says: /changed nothing/ } },
  ),
  harmless(
    "git-config-fifo",
    "puts a FIFO where git's configuration for its attempt was",
    'rm -f "$GIT_CONFIG_GLOBAL"; mkfifo "$GIT_CONFIG_GLOBAL"',
    { again: true },
  ),
  harmless("prompt-fifo", "puts a FIFO where its prompt was", 'rm -f "$TOWN_PROMPT_FILE"; mkfifo "$TOWN_PROMPT_FILE"'),
  harmless("prompt-outside", "links its prompt to a file outside", 'ln -sf "$OUTSIDE/secret.txt" "$TOWN_PROMPT_FILE"'),
  harmless(
    "log-fifo",
    "puts a FIFO where its output is kept",
    'd=$(dirname "$TOWN_PROMPT_FILE"); rm -f "$d"/*.log; mkfifo "$d/output.log" "$d/gate.log"; echo said',
    { again: true },
  ),
  harmless(
    "log-outside",
    "links the log of its gate to a file outside",
    'd=$(dirname "$TOWN_PROMPT_FILE"); ln -sf "$OUTSIDE/secret.txt" "$d/gate.log"; ln -sf "$OUTSIDE/secret.txt" "$d/output.log"',
  ),
  harmless(
    "next-place-taken",
    "makes the places of its next tries, with links to outside in them",
    'for n in $(seq 400); do ln -s "$OUTSIDE" "../$TOWN_BEAD-$((TOWN_FENCE + n))" 2>/dev/null; done; d=$(dirname "$TOWN_PROMPT_FILE"); for n in $(seq 400); do ln -s "$OUTSIDE" "$(dirname "$d")/$TOWN_BEAD-$((TOWN_FENCE + n))" 2>/dev/null; done; true',
    { again: true },
  ),
  harmless(
    "landing-place-taken",
    "makes the place of its landing, with a repository of its own in it",
    'd=$HOST_STATE/land/demo/shop; mkdir -p "$d" 2>/dev/null; for n in $(seq 50); do ln -s "$USER_REPOSITORY" "$d/$TOWN_BEAD-$((TOWN_FENCE + n))" 2>/dev/null; done; true',
  ),
  harmless(
    "parent-littered",
    "leaves files and folders beside its clone",
    "mkdir -p ../litter; echo x >../litter/x; echo x >../zzz-1; mkfifo ../zzz-2; ln -s /dev/zero ../zzz-3",
  ),
];

/** What it does to the remote, with the credentials that it shares with the host. */
export const remote: Case[] = [
  harmless(
    "push-own-branch",
    "pushes its own branch by itself, and another commit to it",
    'git add --all; git commit --quiet -m mine; git push --quiet origin "HEAD:refs/heads/$TOWN_BRANCH"; git push --quiet --force origin "HEAD~1:refs/heads/$TOWN_BRANCH"',
  ),
  harmless(
    "push-next-branch",
    "pushes the branch of its next try",
    'for n in 1 2 3 4; do git push --quiet --force "$REMOTE" "HEAD:refs/heads/town/$TOWN_BEAD/$((TOWN_FENCE + n))"; done',
    { again: true },
  ),
  harmless(
    "push-deleted",
    "pushes its branch and deletes it",
    'git push --quiet "$REMOTE" "HEAD:refs/heads/$TOWN_BRANCH"; git push --quiet "$REMOTE" ":refs/heads/$TOWN_BRANCH"',
  ),
  harmless(
    "push-main",
    "pushes its work to the default branch by itself",
    // A neighbour may have landed meanwhile.
    'git add --all; git commit --quiet -m mine; until git push --quiet "$REMOTE" HEAD:refs/heads/main; do git pull --quiet --rebase "$REMOTE" main; done',
    { pastGate: true },
  ),
  harmless(
    "push-tags",
    "pushes a tag and a branch of its own",
    'git push --quiet "$REMOTE" "HEAD:refs/heads/extra-$TOWN_BEAD"',
    { pushes: ["extra-push-tags"] },
  ),
];
