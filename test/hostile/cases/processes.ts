import { type Case, harmless, SECRET } from "../case.ts";

/** What it runs, prints and leaves running. */
export const processes: Case[] = [
  harmless(
    "daemon",
    "leaves a process of its own session that goes on writing",
    `setsid sh -c 'while :; do date >>"$TOWN_BEAD-late.txt"; done' >/dev/null 2>&1 & sleep 0.5`,
    { leaves: ["daemon-late.txt", "daemon.txt"] },
  ),
  harmless(
    "daemon-bare",
    "leaves a process without environment that goes on writing",
    `env -i setsid sh -c 'n=0; while [ $n -lt 200 ]; do n=$((n + 1)); echo $n >>late.txt; sleep 0.05; done' >/dev/null 2>&1 & sleep 0.3`,
    {
      leaves: ["daemon-bare.txt", "late.txt"],
    },
  ),
  harmless("daemon-holds-output", "leaves a process that holds its output open", "env -i setsid sleep 30 & true"),
  harmless(
    "deaf",
    "goes on past its time, and ignores being told to end",
    "trap '' TERM INT HUP; while :; do sleep 1; done",
    { maxRunMs: 1_500, fails: { code: "run_timeout", says: /longer/ } },
  ),
  harmless("stopped", "stops itself", "kill -STOP $$", {
    maxRunMs: 1_500,
    fails: { code: "run_timeout", says: /longer/ },
  }),
  harmless("many-children", "starts 300 processes", "for n in $(seq 300); do sleep 60 & done; true"),
  harmless("killed", "kills itself", "kill -KILL $$", { fails: { code: "signal", says: /SIGKILL/ } }),
  harmless(
    "kills-guardians",
    "kills the host's guardian of its run",
    `for each in /proc/[0-9]*; do p=\${each#/proc/}; [ $p != $$ ] && tr '\\0' ' ' <$each/cmdline 2>/dev/null | grep -q 'guardia[n].sh' && tr '\\0' '\\n' <$each/environ 2>/dev/null | grep -q "TOWN_FENCE=$TOWN_FENCE$" && kill -KILL $p; done 2>/dev/null; true`,
  ),
  harmless("flood", "prints 40 MB of lines", 'yes "a line of output that says nothing at all" | head -c 40000000'),
  harmless("flood-one-line", "prints 20 MB without a line end", "head -c 20000000 /dev/zero | tr '\\0' a"),
  harmless(
    "flood-binary",
    "prints bytes that are no text, and escape sequences",
    "head -c 5000000 /dev/urandom; printf '\\033]0;owned\\007\\033[2J\\0'",
  ),
  harmless(
    "flood-both",
    "prints on both outputs for as long as it may",
    "yes out & a=$!; yes err >&2 & b=$!; sleep 0.5; kill $a $b; true",
  ),
  harmless(
    "secret-printed",
    "prints what its environment holds",
    'env; echo "$MODEL_API_KEY" >&2; printf \'x%sx\' "$MODEL_API_KEY"',
  ),
  harmless(
    "secret-in-pieces",
    "prints a secret in pieces",
    "for c in $(echo \"$MODEL_API_KEY\" | sed 's/./& /g'); do printf %s $c; sleep 0.02; done; exit 3",
    { fails: { code: "exit_code", says: /code 3/ } },
  ),
  harmless("secret-at-end", "ends with a secret in its last words", 'printf "%3000s%s" x "$MODEL_API_KEY"; exit 3', {
    fails: { code: "exit_code", says: /code 3/ },
  }),
  harmless(
    "secret-in-name",
    "leaves a secret in names and messages",
    'git add --all; git commit --quiet -m "key $MODEL_API_KEY"; echo x >"$MODEL_API_KEY.txt"',
    { leaves: ["secret-in-name.txt", `${SECRET}.txt`] },
  ),
  harmless("output-closed", "closes its output at once, and goes on", "exec >&- 2>&-; sleep 1"),
  harmless("says-limited", "says by its exit code that its provider limits it", "exit 75", {
    fails: { code: "provider_limited", says: /75/ },
  }),
];
