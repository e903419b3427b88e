/** Texts that people may write as they like, and that must stay texts wherever they come. */

/** For a terminal. */
export const ESCAPES: readonly string[] = [
  "\u001b]0;owned\u0007title",
  "\u001b[2J\u001b[H cleared",
  "\u009b31m red, in one character",
  "\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\",
  "\u001b]52;c;ZXZpbA==\u0007 the clipboard",
  "back\u0008\u0008\u0008\u0008space",
  "over\rwritten",
  "two\nforged: lines",
  "\u202egnp.exe right to left",
  "\u2066isolated\u2069",
  "\u001bP0;1|17/ab\u001b\\ device",
  "bell\u0007",
  "\u0085next\u0084 line",
];

/** For a database, a page, a shell, a log, a format. */
export const OTHERS: readonly string[] = [
  "' OR '1'='1",
  "'; DROP TABLE beads; --",
  '" UNION SELECT hash FROM tokens --',
  "100% _sure_ \\ done",
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "</script><svg/onload=alert(1)>",
  "javascript:alert(1)",
  "{{constructor.constructor('alert(1)')()}}",
  "${jndi:ldap://127.0.0.1/x}",
  "$(touch /tmp/owned)",
  "`touch /tmp/owned`",
  "; touch /tmp/owned #",
  "| touch /tmp/owned",
  "--amend",
  "-m x",
  "%s%n%x",
  "=cmd|'/c calc'!A1",
  "@everyone",
  "Co-authored-by: nobody <nobody@example.com>",
  "Bead: other-1",
  "__proto__",
  "👩‍👩‍👧‍👦 \u0301\u0301\u0301",
];
