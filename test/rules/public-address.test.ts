/** Where webhooks may lead: addresses that would reach into a network are refused, however they are written. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { privateHost, readPublicUrl } from "../../src/lib/public-address.ts";
import { httpWebhooks } from "../../src/ports/http-webhooks.ts";

const refused = (url: string): boolean => "refused" in readPublicUrl(url, false);

const V4 = [
  "0.0.0.0 0.1.2.3 0 0x0 00 0.0 10.0.0.1 10.255.255.255 10.1 0xa.1 012.0.0.1 167772161 0x0a000001 100.64.0.1 100.127.255.254",
  "127.0.0.1 127.1 127.0.1 127.255.255.254 2130706433 017700000001 0x7f000001 0x7f.1 0177.1 0x7f.0x0.0x0.0x1 0177.0.0.01 0000177.0.0.1",
  "0x7F000001 127.0.0.1. 127.1. 127。0。0。1 １２７.0.0.1 ⑫7.0.0.1 127．0．0．1 127%2e0%2e0%2e1 %31%32%37.0.0.1 0x00000000000000007f.1",
  "169.254.169.254 169.254.0.1 2852039166 0xa9fea9fe 0xa9.0xfe.0xa9.0xfe 0251.0376.0251.0376 169.16689662 169.254.43518",
  "172.16.0.1 172.31.255.255 0xac100001 2886729729 192.168.0.1 192.168.255.255 0xc0a80001 3232235521 0300.0250.0.1 192.11010049",
  "192.0.0.1 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1",
  "224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 4294967295 0xffffffff 255.255.255.254",
  // These are no addresses at all.
  "256.0.0.1 1.2.3.4.5 0x100000000 4294967296 999999999999 127.0.0.0x 08.0.0.1",
].flatMap((line) => line.split(" "));

const V6 = [
  ":: ::1 0:0:0:0:0:0:0:1 0000:0000:0000:0000:0000:0000:0000:0001 ::127.0.0.1 ::7f00:1 ::10.0.0.1 ::169.254.169.254",
  "::ffff:127.0.0.1 ::ffff:7f00:1 ::FFFF:10.0.0.1 ::ffff:169.254.169.254 ::ffff:192.168.1.1 0:0:0:0:0:ffff:127.0.0.1 ::ffff:8.8.8.8",
  "::ffff:0:127.0.0.1 64:ff9b::127.0.0.1 64:ff9b::7f00:1 64:ff9b::10.0.0.1 64:ff9b::8.8.8.8 64:ff9b:1::127.0.0.1 64:ff9b:1::1",
  "2002:7f00:1:: 2002:0a00:0001::1 2002:a9fe:a9fe::1 2002:c0a8:101::1 2002:0808:0808::1 2001:0:7f00:1:: 2001::1 2001:0:53aa:64c:0:0:80ff:fffe",
  "fe80::1 fe80::1:2:3:4 febf::1 fec0::1 fc00::1 fd00::1 fd12:3456:789a:1::1 fdff:ffff::1 ff00::1 ff02::1 ff05::1:3 ff0e::1",
  "100::1 100:0:0:1::1 2001:db8::1 2001:10::1 2001:20::1 2001:2::1 2001:1ff:: 3fff::1 3fff:fff::1 2620:4f:8000::1 5f00::1 4000::1 1::1",
]
  .flatMap((line) => line.split(" "))
  .map((address) => `[${address}]`);

const NAMES = [
  "localhost LOCALHOST localhost. localhost.. a.localhost www.localhost. ｌocalhost localhost.localdomain a.localdomain printer.local a.b.LOCAL",
  "metadata.google.internal instance-data.ec2.internal metadata metadata.internal. kubernetes.default.svc.cluster.local vault.service.internal",
  "intranet db redis host.docker.internal gateway.docker.internal wiki.corp nas.lan router.home nas.home.arpa a.intranet a.private",
  "1.0.0.127.in-addr.arpa 1.ip6.arpa x.test x.invalid x.onion x.alt a..com .com",
].flatMap((line) => line.split(" "));

const WHOLE = [
  "http://example.com/ ftp://example.com file:///etc/passwd gopher://example.com:70/ javascript:alert(1) data:,x ws://example.com wss://example.com",
  "https://user@example.com https://user:pass@example.com https://:pass@example.com https://@example.com https://example.com@127.0.0.1/",
  "https://127.0.0.1#@example.com https://example.com#127.0.0.1 https://example.com:22/ https://example.com:80/ https://example.com:0 https://example.com:25",
  "https://example.com:6379 https://example.com:8080 https://example.com:65536 https:///127.0.0.1/ https:127.0.0.1 https:/127.0.0.1 //example.com example.com",
  "https://127.0.0.1:443\\@example.com https:\\\\127.0.0.1 https://exa\tmple.com https://127.0.0.1\n https://[::1 https://::1 https://[fe80::1%25eth0]/ https:// https://?",
]
  .flatMap((line) => line.split(" "))
  .concat([
    "",
    " https://example.com",
    "https://exam ple.com",
    `https://example.com/${"x".repeat(2_000)}`,
    "https://127.0.0.1\u0000.example.com",
  ]);

const hostile = [...[...V4, ...V6, ...NAMES].map((host) => `https://${host}/hook`), ...WHOLE];

describe("an address that is none of the public internet's is refused", () => {
  test("there are many of them", () => expect(new Set(hostile).size).toBeGreaterThan(200));
  test.each(hostile)("%s", (url) => expect(refused(url)).toBe(true));
});

const PUBLIC = [
  "https://example.com https://example.com/hook?key=a%20b https://EXAMPLE.com. https://hooks.slack.com/services/T/B/x https://example.com:8443/a",
  "https://example.com:443 https://8.8.8.8 https://1.1.1.1/x https://134744072 https://[2606:4700:4700::1111]/ https://[2a00:1450:4001:81b::200e]",
  "https://xn--bcher-kva.example.com https://bücher.de https://local.example.com https://localhost.example.com https://internal.co https://100.63.0.1",
  "https://172.15.255.255 https://172.32.0.1 https://9.255.255.255 https://11.0.0.1 https://126.1.1.1 https://128.0.0.1 https://169.253.1.1 https://192.167.1.1",
  "https://198.17.255.255 https://198.20.0.1 https://223.255.255.254 https://[2001:200::1] https://[2003::1] https://[3ffe::1]",
].flatMap((line) => line.split(" "));

test.each(PUBLIC)("%s is taken", (url) => expect(readPublicUrl(url, false)).toHaveProperty("url"));

test("of every IPv4 address the parser's own form tells the same, whatever it was written in", () => {
  fc.assert(
    fc.property(fc.nat(0xff_ff_ff_ff), fc.constantFrom(10, 16, 8), (number, radix) => {
      const text = { 10: `${number}`, 16: `0x${number.toString(16)}`, 8: `0${number.toString(8)}` }[radix] as string;
      const dotted = [24, 16, 8, 0].map((bits) => (number >>> bits) & 255).join(".");
      expect(privateHost(new URL(`https://${text}`).hostname) === null).toBe(privateHost(dotted) === null);
    }),
  );
});

test("an IPv4 address is refused in every coat that IPv6 has for it", () => {
  fc.assert(
    fc.property(fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)), ([a, b, c, d]) => {
      const [high, low] = [(a * 256 + b).toString(16), (c * 256 + d).toString(16)];
      for (const coat of [
        `::ffff:${a}.${b}.${c}.${d}`,
        `::${a}.${b}.${c}.${d}`,
        `64:ff9b::${high}:${low}`,
        `2002:${high}:${low}::`,
      ])
        expect(refused(`https://[${coat}]/`)).toBe(true);
    }),
  );
});

test("where an operator says so, any address is taken, but no user, fragment or other protocol", () => {
  for (const url of ["http://127.0.0.1:8080/x", "https://localhost", "http://[::1]:3000", "http://nas/hook"])
    expect(readPublicUrl(url, true)).toHaveProperty("url");
  for (const url of ["ftp://127.0.0.1", "http://a:b@127.0.0.1", "http://127.0.0.1/#x", "file:///etc/passwd"])
    expect(readPublicUrl(url, true)).toHaveProperty("refused");
});

test("asked to send there all the same, the sender refuses, and no request leaves", async () => {
  const asked: string[] = [];
  const fetch = async (url: string) => {
    asked.push(url);
    return new Response(null, { status: 204 });
  };
  const sender = httpWebhooks({ fetch, now: () => 1_000, allowsPrivate: false });
  const order = { host: "a", id: "msg_1", body: "{}", secrets: ["whsec_c2VjcmV0c2VjcmV0c2VjcmV0"] };
  for (const url of hostile)
    expect(await sender.tell({ ...order, url }, new AbortController().signal)).toMatchObject({
      accepted: false,
      code: "address_refused",
    });
  expect(asked).toEqual([]);
  expect(await sender.tell({ ...order, url: "https://example.com/" }, new AbortController().signal)).toMatchObject({
    accepted: true,
    code: "http_204",
  });
  expect(asked).toEqual(["https://example.com/"]);
});

test.each([
  [
    "https://no-such.example/x",
    "internal error; reference = abc",
    "the name no-such.example could not be found, or leads to an address that webhooks are not sent to",
  ],
  [
    "https://93.184.216.34/x",
    "internal error; reference = abc",
    "the address 93.184.216.34 can't be reached from here, or is one that webhooks are not sent to",
  ],
  ["https://93.184.216.34:8443/x", "Network connection lost.", "at 93.184.216.34:8443 nothing answers, or it hung up"],
  ["https://hooks.example/s3cret", "a fault at https://hooks.example/s3cret", "a fault at https://hooks.example/…"],
])("%s, of which the platform says %s", async (url, message, why) => {
  const fetch = () => Promise.reject(new Error(message));
  const sender = httpWebhooks({ fetch, now: () => 1_000, allowsPrivate: false });
  const secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
  const reply = await sender.tell({ host: "a", url, id: "msg_1", body: "{}", secrets }, new AbortController().signal);
  expect(reply).toEqual({ accepted: false, code: "unreachable", message: `it could not be reached: ${why}` });
});
