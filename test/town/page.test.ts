/** The page as the Worker hands it out. */
import { createExecutionContext, env, SELF } from "cloudflare:test";
import { expect, test } from "vitest";
import worker from "../../src/worker.ts";

const ask = (path: string, init?: RequestInit) =>
  SELF.fetch(`http://town.test${path}`, { redirect: "manual", ...init });

test("each address of the page is the page, without a token, and may load nothing from elsewhere", async () => {
  for (const path of ["/", "/t/home", "/t/home/beads/app-1"]) {
    const answer = await ask(path);
    expect(answer.status, path).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(answer.headers.get("cache-control")).toBe("no-cache");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
    expect(await answer.text()).toContain('<div id="page">');
  }
});

test("its files are kept for long, are what their type says, and are the only ones there", async () => {
  const html = await (await ask("/")).text();
  const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? "");
  expect([...new Set(files.map((file) => file.split(".").at(-1)))].sort()).toEqual(["css", "js", "svg"]);
  for (const file of files) {
    const answer = await ask(file);
    expect(answer.status, file).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(answer.headers.get("content-type")).toMatch(/^(text\/javascript|text\/css|image\/svg\+xml)/);
    expect((await answer.text()).length).toBeGreaterThan(100);
  }
  for (const path of [
    "/assets/none.abc.js",
    "/assets/.digest",
    "/assets/..%2fwrangler.toml",
    "/assets/%2e%2e%2findex.html",
  ]) {
    const answer = await ask(path);
    expect(answer.status, path).toBe(404);
    expect(answer.headers.get("cache-control"), path).toBe("no-store");
    expect(await answer.json()).toMatchObject({ code: "no_route" });
  }
  for (const path of ["/index.html", "/.digest", "/assets/"]) expect((await ask(path)).status, path).toBe(401);
});

test("how commands reach it is told to who looks from its own machine, and stays what it is", async () => {
  const told = { TOWN_COMMAND: 'npm run town -- {} --state "<a & b>"', TOWN_STATE: "$&/state" };
  const ask = async (host: string, more = {}) => {
    const context = createExecutionContext();
    return (await worker.fetch(new Request(`http://${host}/t/home`) as never, { ...env, ...more }, context)).text();
  };
  for (const host of ["127.0.0.1:8787", "localhost", "[::1]:8787"]) {
    const html = await ask(host, told);
    expect(html).toContain(
      '<meta name="town-command" content="npm run town -- {} --state &quot;&lt;a &amp; b>&quot;" />',
    );
    expect(html).toContain('<meta name="town-state" content="$&amp;/state" /><title>');
    expect(await ask(host)).not.toContain('name="town-');
  }
  for (const host of ["town.test", "127.0.0.1.evil.test", "localhost.evil.test", "192.168.0.7:8787"])
    expect(await ask(host, told)).not.toContain('name="town-');
});

test("it takes GET alone, and says so", async () => {
  const answer = await ask("/", { method: "POST" });
  expect(answer.status).toBe(405);
  expect(answer.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
  expect(await answer.text()).toContain("It takes GET");
});
