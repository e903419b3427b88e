/** What leaves a container, and with what: an allow-list, and credentials that are put on outside of it. Pure. */
import { z } from "zod";
import { pathSegments, startsWithSegments } from "../../lib/url-path.ts";

/** These decide whom a request goes to, or where it ends: a rule that set one would be a hole. */
const FRAMING = new Set(["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"]);

/** `github.com`, `*.githubusercontent.com`, `10.0.0.1`, `[::1]`; as a URL spells it, so that what is compared is equal. */
function spelledAsInUrls(name: string): boolean {
  const plain = name.replaceAll("*", "x");
  return URL.parse(`https://${plain}/`)?.hostname === plain;
}
const HOST_NAME = "a host name alone, in lower case: no scheme, port, path or user";

const host = z
  .string()
  .refine((name) => spelledAsInUrls(name), HOST_NAME)
  // What a star stands for is chosen by the agent: `*hub.com` would be any host that anyone registers.
  .refine((name) => !name.includes("*") || /^[^.*]*\*[^.*]*(\.[^.*]+){2,}$/.test(name), {
    error: "a star stands in the first label alone, and at least two labels follow it: *.example.com",
  });

const headers = z.record(
  z
    .string()
    .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, "a header's name, in lower case")
    .refine((name) => !FRAMING.has(name), "this header says whom the request goes to, or where it ends"),
  // No line break, or one value becomes two headers; nothing around it, since it would be cut off in silence.
  z.string().regex(/^[\x21-\x7e\x80-\xff]([\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/, {
    error: "a header's value: one line, not empty, no blanks around it, no control characters",
  }),
);

const path = z
  .string()
  .startsWith("/")
  .refine((text) => pathSegments(text) !== null, "a path without encoded slashes, dot segments or broken encodings")
  .refine((text) => !/[?#\\]/.test(text), "a path alone, without a query");

const to = z.url().refine(
  (text) => {
    const url = URL.parse(text);
    if (!url || !/^https?:$/.test(url.protocol)) return false;
    return !url.username && !url.password && !url.search && !url.hash && pathSegments(url.pathname) !== null;
  },
  { error: "an http or https address with at most a port and a path" },
);

const rule = z.strictObject({
  host,
  /** Put on the requests that this rule is about, in place of what the container sent under that name. */
  headers,
  /** Only requests below one of these get the headers: a token that may do more than this town is for. Whole segments. */
  paths: z.array(path).min(1).optional(),
  /** Where to really ask, such as a git server that only a tunnel reaches. Its path goes before the request's. */
  to: to.optional(),
  /** How the container must ask to get the headers. Over http, a machine on the way reads what a request holds. */
  schemes: z
    .array(z.enum(["https", "http"]))
    .min(1)
    .default(["https"]),
  /** The ports that get the headers; left out: 443 for https, 80 for http. */
  ports: z.array(z.int().min(1).max(65_535)).min(1).optional(),
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

/** The hosts that may be reached besides; null: all of them. @throws Error that names the entry that is no host name */
export function allowedHosts(text: string | undefined): string[] | null {
  const hosts = (text ?? "").split(/[\s,]+/).filter(Boolean);
  if (hosts.includes("*")) return null;
  const wrong = hosts.find((name) => !spelledAsInUrls(name));
  if (wrong !== undefined) throw new Error(`EGRESS_ALLOW: "${wrong}" is not ${HOST_NAME}.`);
  return hosts;
}

/** A request as it goes out. */
export type Outgoing = { url: string; headers: [string, string][] } | { refused: string };

/**
 * Whereto a request goes, and with which headers. Null: no rule is about its host. Scheme, host and port come from the
 * rule, or are the request's own: nothing in a path, in a query or before an `@` changes them.
 */
export function outgoing(url: URL, given: readonly EgressRule[]): Outgoing | null {
  const ofHost = given.filter((each) => matches(each.host, url.hostname));
  if (ofHost.length === 0) return null;
  const about = ofHost.filter((each) => isAsked(each, url));
  const segments = pathSegments(url.pathname);
  const meant = about.find(
    ({ paths }) => !paths || paths.some((each) => segments && startsWithSegments(segments, each)),
  );
  const chosen = meant ?? about[0];
  // Where a rule leads elsewhere, the host is only a name for that: there is nothing to ask at the name itself.
  if (!chosen && ofHost.some(({ to }) => to))
    return { refused: `${url.hostname} is not asked by ${url.protocol.replace(":", "")} on port ${portOf(url)}` };
  const base = chosen?.to === undefined ? null : new URL(chosen.to);
  const prefix = base?.pathname.replace(/\/$/, "") ?? "";
  // What is a slash would be decided by the server behind, after the path was judged here.
  if (!segments && (chosen?.paths || prefix))
    return { refused: "the path holds an encoded slash, a dot segment, or an encoding that servers read differently" };
  const { protocol, host } = base ?? url;
  return {
    url: `${protocol}//${host}${prefix}${url.pathname}${url.search}`,
    headers: meant ? Object.entries(meant.headers) : [],
  };
}

const portOf = (url: URL): number => (url.port ? Number(url.port) : url.protocol === "https:" ? 443 : 80);

function isAsked({ schemes, ports }: EgressRule, url: URL): boolean {
  if (!schemes.some((scheme) => `${scheme}:` === url.protocol)) return false;
  return ports ? ports.includes(portOf(url)) : url.port === "";
}

/** As the platform's own lists do it: a star stands for any characters. A rule has one at most. */
function matches(pattern: string, name: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern === name;
  const end = pattern.slice(star + 1);
  return name.length >= pattern.length && name.startsWith(pattern.slice(0, star)) && name.endsWith(end);
}
