/** The page as the Worker hands it out. */
import { SELF } from "cloudflare:test";
import { expect, test } from "vitest";

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

test("it takes GET alone, and says so", async () => {
  const answer = await ask("/", { method: "POST" });
  expect(answer.status).toBe(405);
  expect(answer.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
  expect(await answer.text()).toContain("It takes GET");
});
