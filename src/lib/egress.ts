/** What leaves a container, and with what: an allow-list, and credentials that are put on outside of it. Pure. */
import { z } from "zod";

/** `github.com`, `*.githubusercontent.com`, an address; never a port or a path. */
const host = z
  .string()
  .regex(/^[a-z0-9*][a-z0-9.*:-]*$/, "a host name in lower case, where * stands for any characters");

const rule = z.strictObject({
  host,
  /** Put on every request to this host, in place of what the container sent under that name. */
  headers: z.record(z.string().regex(/^[a-z0-9-]+$/), z.string()),
  /** Only paths that begin like one of these get the headers: a token that may do more than this town is for. */
  paths: z.array(z.string().startsWith("/")).min(1).optional(),
  /** Where to really ask, such as a git server that only a tunnel reaches. */
  to: z.url().optional(),
});
export type EgressRule = z.infer<typeof rule>;

const rules = z.array(rule).max(50);

/** The hosts with credentials. @throws Error that says what is wrong, and never what a header holds */
export function egressRules(text: string | undefined): EgressRule[] {
  if (!text) return [];
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new Error('EGRESS_RULES is no JSON. Write [{"host": "github.com", "headers": {"authorization": "…"}}].');
  }
  const parsed = rules.safeParse(given);
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  throw new Error(`EGRESS_RULES: ${why}`);
}

/** The hosts that may be reached besides; null: all of them. */
export function allowedHosts(text: string | undefined): string[] | null {
  const hosts = (text ?? "").split(/[\s,]+/).filter(Boolean);
  return hosts.includes("*") ? null : hosts;
}

/** The request as it goes out: whereto, and with which headers. Null: no rule is about it. */
export function outgoing(url: URL, given: readonly EgressRule[]): { url: string; headers: [string, string][] } | null {
  const about = given.find((each) => matches(each.host, url.hostname));
  if (!about) return null;
  const meant = !about.paths || about.paths.some((path) => url.pathname.startsWith(path));
  const to = about.to ? new URL(`${url.pathname}${url.search}`, about.to) : url;
  return { url: to.href, headers: meant ? Object.entries(about.headers) : [] };
}

/** As the platform's own lists do it. */
function matches(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.]/g, "\\."));
  return new RegExp(`^${parts.join(".*")}$`).test(name);
}
