/**
 * Whether a URL leads out into the public internet, as far as its text tells: no name is resolved here. What a public name
 * resolves to is seen to by the network that the request leaves by (docs/adr/0056).
 */

/** @property code of the refusal, in a sentence that says what to give instead */
export type ReadUrl = { url: URL } | { refused: string };

const MAX_URL = 2_000;

/** A receiver's own ports: the usual one, and the usual second. Others belong to services that expect no such thing. */
const PORTS: ReadonlySet<string> = new Set(["", "443", "8443"]);

/**
 * A URL to which something of the town's may be sent.
 * @param allowsPrivate on an operator's own machine: any address, and plain HTTP too
 */
export function readPublicUrl(text: string, allowsPrivate: boolean): ReadUrl {
  if (text.length > MAX_URL) return { refused: `is longer than ${MAX_URL} characters` };
  // The platform's parser drops some of these in silence: then what is checked is not what a person sees.
  if (/[\p{Cc}\s\\]/u.test(text)) return { refused: "has a space, a control character or a backslash in it" };
  if (!URL.canParse(text)) return { refused: "is no URL" };
  const url = new URL(text);
  if (url.username || url.password || /^[a-z]+:\/\/[^/?#]*@/i.test(text))
    return { refused: "has a user or a password in it, which would be sent along" };
  if (text.includes("#")) return { refused: "has a fragment (#…), which is never sent" };
  const { protocol, port, hostname } = url;
  if (protocol !== "https:" && !(allowsPrivate && protocol === "http:"))
    return { refused: allowsPrivate ? "must begin with https:// or http://" : "must begin with https://" };
  if (allowsPrivate) return { url };
  if (!PORTS.has(port)) return { refused: `has port ${port}; only 443 and 8443 are sent to` };
  const why = privateHost(hostname);
  return why === null ? { url } : { refused: why };
}

/**
 * Why a host is none of the public internet's; null: nothing in its name says so.
 * @param hostname as a parsed URL has it: IPv4 in four decimal numbers, however it was written; IPv6 in brackets
 */
export function privateHost(hostname: string): string | null {
  const host = hostname.toLowerCase().replace(/\.+$/, "");
  if (host.startsWith("[")) return isPublicV6(groupsOf(host.slice(1, -1))) ? null : notPublic(host);
  const numbers = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(host)?.slice(1).map(Number);
  if (numbers) return isPublicV4(numbers) ? null : notPublic(host);
  const labels = host.split(".");
  if (labels.length < 2 || labels.includes("")) return `names ${host || "no host"}, which is no full name of a host`;
  const under = NAMES.find((name) => host === name || host.endsWith(`.${name}`));
  if (under) return `names a host under .${under}, which is no part of the public internet`;
  // Such a name could only be a number that the parser has left alone.
  return /^\d|^0x/.test(labels.at(-1) ?? "") ? notPublic(host) : null;
}

const notPublic = (host: string): string => `leads to ${host}, which is no address of the public internet`;

/** Names that are kept for networks of one's own, by a standard or by habit. */
const NAMES = [
  "localhost",
  "local",
  "localdomain",
  "internal",
  "intranet",
  "private",
  "corp",
  "home",
  "lan",
  "home.arpa",
  "in-addr.arpa",
  "ip6.arpa",
  "invalid",
  "test",
  "onion",
  "alt",
];

/** The special ranges of IANA's registry, as the first address and how many bits of it are fixed. */
const V4_SPECIAL: readonly (readonly [readonly number[], number])[] = [
  [[0, 0, 0, 0], 8],
  [[10, 0, 0, 0], 8],
  [[100, 64, 0, 0], 10],
  [[127, 0, 0, 0], 8],
  [[169, 254, 0, 0], 16],
  [[172, 16, 0, 0], 12],
  [[192, 0, 0, 0], 24],
  [[192, 0, 2, 0], 24],
  [[192, 31, 196, 0], 24],
  [[192, 52, 193, 0], 24],
  [[192, 88, 99, 0], 24],
  [[192, 168, 0, 0], 16],
  [[192, 175, 48, 0], 24],
  [[198, 18, 0, 0], 15],
  [[198, 51, 100, 0], 24],
  [[203, 0, 113, 0], 24],
  [[224, 0, 0, 0], 3],
];

const isPublicV4 = (bytes: readonly number[]): boolean =>
  bytes.every((byte) => byte <= 255) && !V4_SPECIAL.some(([range, bits]) => isWithin(bytes, 8, range, bits));

/**
 * Only 2000::/3 is given out to the internet. So loopback, link-local, unique local, multicast, and whatever wraps an IPv4
 * address (mapped, compatible, NAT64) are out by that alone; within it these are.
 */
const V6_SPECIAL: readonly (readonly [readonly number[], number])[] = [
  [[0x2001, 0, 0, 0, 0, 0, 0, 0], 23], // Teredo, ORCHID and others of IETF's
  [[0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32], // for examples
  [[0x2002, 0, 0, 0, 0, 0, 0, 0], 16], // 6to4, which wraps an IPv4 address
  [[0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48],
  [[0x3fff, 0, 0, 0, 0, 0, 0, 0], 20], // for examples
];

function isPublicV6(groups: readonly number[]): boolean {
  if (groups.length !== 8 || !isWithin(groups, 16, [0x2000], 3)) return false;
  return !V6_SPECIAL.some(([range, bits]) => isWithin(groups, 16, range, bits));
}

/** Whether the first bits of two addresses agree. @param width of each part, in bits */
function isWithin(address: readonly number[], width: number, range: readonly number[], bits: number): boolean {
  for (let at = 0, left = bits; left > 0; at++, left -= width) {
    const unused = Math.max(0, width - left);
    if ((address[at] ?? 0) >> unused !== (range[at] ?? 0) >> unused) return false;
  }
  return true;
}

/** The eight numbers of an IPv6 address. The parser has written a part in dots as hexadecimal already. */
function groupsOf(text: string): number[] {
  const [before = "", after] = text.split("::");
  const parts = (list: string) => (list === "" ? [] : list.split(":").map((part) => Number.parseInt(part, 16)));
  if (after === undefined) return parts(before);
  const [head, tail] = [parts(before), parts(after)];
  return [...head, ...Array<number>(Math.max(0, 8 - head.length - tail.length)).fill(0), ...tail];
}
