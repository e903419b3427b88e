/**
 * Addresses that somebody may give where a repository's is asked for, and what is answered. The Worker opens none of them. A host
 * does, as its own user: whoever may say where a rig is may also say which program tests it there, so addresses within one's own
 * network and paths of the host are taken; what git would read as an option, as a program, or with a secret in it is not.
 */

export type Outcome = "taken" | "refused";

const long = "a".repeat(2_000);

export const repositories: readonly (readonly [address: unknown, outcome: Outcome])[] = [
  // Options of git, of ssh, and of what either starts.
  ...(
    [
      ...[
        "-",
        "--",
        "-x",
        "--upload-pack=id",
        "--upload-pack=touch /tmp/x",
        "-u id",
        "--exec=id",
        "--receive-pack=id",
        "-c",
        "--config=core.sshCommand=id",
      ],
      ...[
        "--template=/tmp",
        "--separate-git-dir=/tmp",
        "--reference=/etc",
        "-oProxyCommand=id",
        " --upload-pack=id",
        "\t-x",
        "\n--upload-pack=id",
      ],
      ...[
        "ssh://-oProxyCommand=id/x",
        "ssh://-oProxyCommand=id@h/x",
        "https://-x/y",
        "git://-x/y",
        "file://-x",
        "http://-",
        "ssh://-Fconfig/x",
        "ssh://-E/tmp/x",
      ],
      ...[
        "git@-oProxyCommand=id:x",
        "-git@example.com:x",
        "git@-:x",
        "a@-x.example.com:app.git",
        "-oProxyCommand=id:x",
        "@example.com:x",
      ],
    ] as const
  ).map((address) => [address, "refused"] as const),
  // Programs: remote helpers, and transports by them.
  ...(
    [
      ...[
        "ext::sh -c id",
        "ext::sh -c touch% /tmp/x",
        "fd::17",
        "fd::17,18/x",
        "EXT::id",
        "ext::",
        "transport::address",
        "https::https://example.com/x",
        "file::/etc",
        "::x",
      ],
      ...["ext:id", "!id", "|id", "`id`", "$(id)", "${IFS}id", ";id", "&id", "$HOME/x", "%00", "'id'", '"id"'],
    ] as const
  ).map((address) => [address, "refused"] as const),
  // Other schemes, and spellings of those that are taken.
  ...(
    [
      ...[
        "git+ssh://git@example.com/x",
        "ssh+git://git@example.com/x",
        "git+https://example.com/x",
        "git+file:///x",
        "rsync://example.com/x",
        "ftp://example.com/x",
      ],
      ...[
        "ftps://example.com/x",
        "sftp://example.com/x",
        "scp://example.com/x",
        "gopher://127.0.0.1:25/_x",
        "dict://127.0.0.1:11211/x",
        "ldap://127.0.0.1/x",
      ],
      ...[
        "ldaps://127.0.0.1/x",
        "tftp://127.0.0.1/x",
        "telnet://127.0.0.1",
        "smb://127.0.0.1/x",
        "jar:https://example.com!/x",
        "data:text/plain,x",
        "javascript:alert(1)",
      ],
      ...[
        "view-source:https://example.com",
        "blob:https://example.com/x",
        "about:blank",
        "ws://example.com/x",
        "wss://example.com/x",
        "imap://127.0.0.1/x",
        "pop3://127.0.0.1",
      ],
      ...[
        "unix:///var/run/docker.sock",
        "http+unix://%2Fvar%2Frun%2Fdocker.sock/x",
        "npipe:////./pipe/docker",
        "s3://bucket/x",
        "gs://bucket/x",
        "codecommit::eu://x",
      ],
      ...[
        "HTTPS://example.com/x",
        "Https://example.com/x",
        "SSH://example.com/x",
        "FILE:///etc",
        "http:/example.com/x",
        "http:example.com/x",
        "https:\\\\example.com\\x",
      ],
      ...[
        "https//example.com/x",
        "://example.com/x",
        "https://",
        "http://",
        "ssh://",
        "git://",
        "file://",
        "file:/etc/passwd",
        "file:etc",
      ],
    ] as const
  ).map((address) => [address, "refused"] as const),
  // Paths that depend on where somebody stands, and those of other systems.
  ...(
    [
      ...[
        "",
        " ",
        ".",
        "..",
        "./x",
        "../x",
        "../../etc/passwd",
        "~",
        "~/x",
        "~root/x",
        "x",
        "x.git",
        "x/y",
        "C:\\x",
        "C:/x",
        "\\\\server\\x",
        "\\x",
        "example.com/x.git",
        "github.com:x/y",
      ],
    ] as const
  ).map((address) => [address, "refused"] as const),
  // Secrets in it would end up in lists and logs.
  ...(
    [
      ...[
        "https://user:word@example.com/x",
        "https://token@example.com/x",
        "https://:word@example.com/x",
        "https://@example.com/x",
        "http://user@127.0.0.1/x",
        "https://x-access-token:ghs@github.com/x",
      ],
      ...[
        "ssh://git:word@example.com/x",
        "ssh://:word@example.com/x",
        "git://user:word@example.com/x",
        "https://example.com@evil.example/x",
        "https://example.com:443@evil.example/x",
      ],
      ...["https://evil.example\\@example.com/x", "https://a@b@c/x", "https://a%40b@c/x", "file://user:word@/x"],
    ] as const
  ).map((address) => [address, "refused"] as const),
  // What can't stand in an address, in a line, or in an argument.
  ...(
    [
      ...[
        "https://example.com/a b",
        "https://example.com/a\nb",
        "https://example.com/a\r\nX: y",
        "https://example.com/a\tb",
        "https://example.com/x\n",
        " https://example.com/x",
        "https://example.com/x ",
      ],
      ...[
        "https://example.com/a\0b",
        "/a\0b",
        "/a\nb",
        "git@example.com:a b",
        "git@example.com:a\nb",
        "https:// example.com/x",
        "https://example.com/\u00a0x",
        "https://exam\u2028ple.com/x",
        "\ufeffhttps://example.com/x",
      ],
      ...[`https://example.com/${long}`, `/${long}`, `git@example.com:${long}`],
    ] as const
  ).map((address) => [address, "refused"] as const),
  // What is no text.
  ...[null, 0, 1, true, [], {}, ["https://example.com/x"], { url: "https://example.com/x" }].map(
    (address) => [address, "refused"] as const,
  ),
  // Taken: by every transport that git brings, with or without a user for ssh.
  ...(
    [
      ...[
        "https://example.com/app.git",
        "https://example.com:8443/a/b/c.git",
        "https://example.com/a%20b",
        "https://example.com/~user/app.git",
        "http://example.com/app.git",
      ],
      ...[
        "git://example.com/app.git",
        "ssh://git@example.com/app.git",
        "ssh://git@example.com:2222/app.git",
        "ssh://example.com/app.git",
        "git@example.com:app.git",
        "git@example.com:/srv/app.git",
      ],
      ...[
        "a_b.c-d@host-1.example.com:~/app.git",
        "file:///srv/git/app.git",
        "/srv/git/app.git",
        "/srv/git/with blank.git",
        "/",
        "//srv/x",
        "/srv/../x",
        "/-x",
        "/~",
      ],
    ] as const
  ).map((address) => [address, "taken"] as const),
  // Taken: within one's own network, however it is written. The host's user decides what can be reached from there.
  ...(
    [
      ...[
        "http://localhost/x",
        "http://localhost:22/x",
        "http://127.0.0.1/x",
        "http://127.0.0.1:8787/x",
        "http://127.1/x",
        "http://2130706433/x",
        "http://0x7f000001/x",
        "http://0x7f.1/x",
        "http://0177.0.0.1/x",
        "http://0/x",
      ],
      ...[
        "http://[::1]/x",
        "http://[::]/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://[::ffff:7f00:1]/x",
        "http://[fe80::1]/x",
        "http://[fd00::1]/x",
        "http://[0:0:0:0:0:ffff:a9fe:a9fe]/x",
      ],
      ...[
        "http://10.0.0.1/x",
        "http://172.16.0.1/x",
        "http://192.168.0.1/x",
        "http://169.254.169.254/latest/meta-data",
        "http://metadata.google.internal/x",
        "http://100.64.0.1/x",
        "http://0.0.0.0/x",
      ],
      ...[
        "http://localhost./x",
        "http://127.0.0.1.nip.io/x",
        "http://１２７.0.0.1/x",
        "http://ⓛocalhost/x",
        "ssh://git@10.0.0.1/x",
        "git@10.0.0.1:x",
        "git@localhost:x",
        "git://127.0.0.1/x",
      ],
      ...[
        "https://example.com/?x=http://127.0.0.1",
        "https://example.com/#x",
        "https://example.com/../../x",
        "https://example.com//127.0.0.1/x",
      ],
    ] as const
  ).map((address) => [address, "taken"] as const),
];
