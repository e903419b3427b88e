/** Other addresses that somebody may give, and what is answered. */
import type { Outcome } from "./repositories.ts";

/** What `.gitmodules` may say of where a submodule is, in a rig that is elsewhere; what a rig on the host's own disk may say besides. */
export const submodules: readonly (readonly [url: string, inRemoteRig: Outcome, inLocalRig: Outcome])[] = [
  ["https://example.com/lib.git", "taken", "taken"],
  ["ssh://git@example.com/lib.git", "taken", "taken"],
  ["git@example.com:lib.git", "taken", "taken"],
  ["../lib.git", "taken", "taken"],
  ["./lib.git", "taken", "taken"],
  ["../../other/lib.git", "taken", "taken"],
  // A path of the host is the host's own business: an agent would have it opened with the host's rights.
  ["/srv/git/secret.git", "refused", "taken"],
  ["/", "refused", "taken"],
  ["//srv/git/secret.git", "refused", "taken"],
  ["/proc/self/cwd", "refused", "taken"],
  ["file:///srv/git/secret.git", "refused", "taken"],
  ["file://localhost/srv/git/secret.git", "refused", "taken"],
  ...(
    [
      ...[
        "FILE:///srv/git/secret.git",
        "File:///etc",
        "file:/etc",
        "ext::sh -c id",
        "fd::17",
        "-x",
        "--upload-pack=id",
        "ssh://-oProxyCommand=id/x",
        "git@-oProxyCommand=id:x",
      ],
      ...[
        "https://user:word@example.com/x",
        "https://token@example.com/x",
        "ftp://example.com/x",
        "git+ssh://git@example.com/x",
        "",
        ".",
        "..",
        "lib.git",
        "a/b",
        "~/x",
        "C:\\x",
        "!id",
        "$(id)",
        "`id`",
      ],
      ...[
        "https://example.com/a b",
        "data:,x",
        "javascript:x",
        "transport::x",
        "rsync://example.com/x",
        "unix:///var/run/docker.sock",
        "\\\\server\\x",
      ],
    ] as const
  ).map((url) => [url, "refused", "refused"] as const),
];

/** What may stand for a town's own address on a command line, in a context and in the environment. */
export const servers: readonly (readonly [url: string, outcome: Outcome])[] = [
  ...(
    [
      "http://127.0.0.1:8787",
      "https://town.example",
      "https://town.example/base",
      "http://[::1]:8787",
      "http://10.0.0.1",
      "HTTPS://Town.Example",
      "http://127.0.0.1:8787/",
    ] as const
  ).map((url) => [url, "taken"] as const),
  ...(
    [
      ...[
        "",
        " ",
        "town.example",
        "127.0.0.1:8787",
        "ftp://town.example",
        "file:///etc/passwd",
        "ws://town.example",
        "javascript:alert(1)",
        "data:,x",
        "unix:/x",
        "//town.example",
        "/x",
      ],
      ...[
        "http://user:word@town.example",
        "https://token@town.example",
        "https://:word@town.example",
        "https://town.example@evil.example",
        "https://town.example/?x=y",
        "https://town.example/#x",
      ],
      ...["https://", "http://:80", "https://[::1", "https://town.example:99999", "https://a b", "--help", "localhost"],
    ] as const
  ).map((url) => [url, "refused"] as const),
];

/** Where a host may be told to join. */
export const joins: readonly (readonly [url: string, outcome: Outcome])[] = [
  ...(["https://town.example/v1/towns/home/hosts/box", "http://127.0.0.1:8787/v1/towns/home/hosts/box/"] as const).map(
    (url) => [url, "taken"] as const,
  ),
  ...(
    [
      ...[
        "",
        "https://town.example",
        "https://town.example/v1/towns/home",
        "https://town.example/v1/towns/home/hosts/",
        "https://town.example/v1/towns//hosts/box",
        "https://town.example/v1/towns/a/b/hosts/box",
      ],
      ...[
        "ws://town.example/v1/towns/home/hosts/box",
        "file:///v1/towns/home/hosts/box",
        "ftp://town.example/v1/towns/home/hosts/box",
        "/v1/towns/home/hosts/box",
        "https://town.example/x/v1/towns/home/hosts/box",
      ],
      ...[
        "https://town.example/v1/towns/home/hosts/box/channel",
        "https://town.example/v1/towns/home/hosts/box/..",
        "javascript:/v1/towns/home/hosts/box",
        "--token-file",
      ],
    ] as const
  ).map((url) => [url, "refused"] as const),
];
