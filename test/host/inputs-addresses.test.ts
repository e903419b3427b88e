/** What a host opens of the addresses that it is given, by real git: what is refused starts nothing, and no answer leads elsewhere with a secret. */

import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { joinUrl } from "../../host/join.ts";
import { declaredBy } from "../../host/submodules.ts";
import { joins, submodules } from "../inputs/addresses.ts";
import { repositories } from "../inputs/repositories.ts";
import { makeHost, makeRepository, temporaryFolder } from "./support.ts";

const look = (repoUrl: unknown) => ({ protocol: 1, town: "demo", rig: { id: "shop", repoUrl } });

test("a host refuses what its town would have refused, and says no more of it than which field", async () => {
  const host = await makeHost();
  for (const [address, outcome] of repositories) {
    if (outcome === "taken") continue;
    const { status, text } = await host.call("POST", "/v1/rigs/look", look(address));
    expect(status, JSON.stringify(address)).toBe(400);
    expect(text).toMatch(/rig\.repoUrl/);
    expect(text).not.toMatch(/:word|token@|ghs@/);
  }
});

/** A server that git is sent to, which answers with what it has that nobody may be told. */
async function serve(answer: { status: number; location?: string }) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    const { status, location } = answer;
    response.writeHead(status, location === undefined ? {} : { location }).end("role-credentials: hush-hush");
  });
  await new Promise<void>((resolve) => server.listen(0, "::", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, port: (server.address() as AddressInfo).port };
}

test.each([
  ...[
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[0:0:0:0:0:0:0:1]",
    "0.0.0.0",
  ],
])("of what answers within one's own network at %s nothing is told but that it is no repository", async (name) => {
  const { asked, port } = await serve({ status: 200 });
  const host = await makeHost();
  const { status, text } = await host.call("POST", "/v1/rigs/look", look(`http://${name}:${port}/latest/meta-data`));
  expect([status, JSON.parse(text).ok]).toEqual([200, false]);
  // As git asks for a repository, twice, and for nothing else.
  expect(asked.every(({ method, url = "" }) => method === "GET" && /\/(info\/refs|HEAD)(\?|$)/.test(url))).toBe(true);
  expect(text).not.toContain("hush-hush");
});

test.each([
  ...[
    "file:///etc/passwd",
    "file:///",
    "ftp://127.0.0.1:PORT/x",
    "gopher://127.0.0.1:PORT/_x",
    "dict://127.0.0.1:PORT/x",
    "ext::touch PROOF",
    "ext://touch%20PROOF",
    "ldap://127.0.0.1:PORT/x",
  ],
  ...[
    "scp://127.0.0.1:PORT/x",
    "smb://127.0.0.1:PORT/x",
    "telnet://127.0.0.1:PORT",
    "tftp://127.0.0.1:PORT/x",
    "ssh://-oProxyCommand=touch%20PROOF/x",
    "git://127.0.0.1:PORT/x",
    "/dev/zero",
  ],
])("a repository's server leads git to no other protocol: %s", async (to) => {
  const secret = await serve({ status: 200 });
  const folder = temporaryFolder();
  const location = to.replace("PORT", String(secret.port)).replace("PROOF", join(folder, "proof"));
  const leads = await serve({ status: 302, location });
  const host = await makeHost();
  const { text } = await host.call("POST", "/v1/rigs/look", look(`http://127.0.0.1:${leads.port}/app.git`));
  expect(JSON.parse(text)).toMatchObject({ ok: false, code: "fetch_failed" });
  expect(secret.asked).toEqual([]);
  expect(text).not.toMatch(/hush-hush|root:x:0/);
});

test("where a repository's server leads to another one by HTTP, what opens the first is not told to the other", async () => {
  const other = await serve({ status: 404 });
  const leads = await serve({
    status: 302,
    location: `http://localhost:${other.port}/app.git/info/refs?service=git-upload-pack`,
  });
  const host = await makeHost();
  await host.call("POST", "/v1/rigs/look", look(`http://127.0.0.1:${leads.port}/app.git`));
  expect(leads.asked.length).toBeGreaterThan(0);
  for (const { headers } of other.asked) expect(headers).not.toMatchObject({ authorization: expect.anything() });
});

test("what .gitmodules says is followed as the table has it, in a rig that is elsewhere and in one of this disk", async () => {
  const repository = { gitDir: makeRepository().url };
  const file = join(temporaryFolder(), "modules");
  const outcome = async (url: string, of: string) => {
    writeFileSync(file, `[submodule "lib"]\n\tpath = lib\n\turl = ${JSON.stringify(url)}\n`);
    const found = declaredBy(repository, ["--file", file], of, AbortSignal.timeout(20_000));
    return found.then(
      () => "taken",
      (error: Error) => (/its URL/.test(error.message) ? "refused" : error.message),
    );
  };
  for (const [url, inRemote, inLocal] of submodules) {
    expect([url, await outcome(url, "https://example.com/you/app.git")]).toEqual([url, inRemote]);
    expect([url, await outcome(url, "/srv/git/you/app.git")]).toEqual([url, inLocal]);
  }
});

test("a host joins at the address of a host of a town, and nowhere else", () => {
  const outcome = (url: string) => {
    try {
      return joinUrl(url) && "taken";
    } catch {
      return "refused";
    }
  };
  for (const [url, expected] of joins) expect([url, outcome(url)]).toEqual([url, expected]);
});

test("with those of containers' ways out that is more than 150 addresses", async () => {
  const { shapes } = await import("../rules/egress-shapes.ts");
  const known = Object.values(shapes).flat().length;
  expect(known).toBeGreaterThan(150);
  expect(repositories.length + submodules.length + joins.length).toBeGreaterThan(150);
});
