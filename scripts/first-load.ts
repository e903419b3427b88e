import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** What a first look at the built page loads, in bytes as they go over the wire: of programs, and of style sheets. */
export function firstLoad(dist: string): { js: number; css: number } {
  const html = readFileSync(join(dist, "index.html"), "utf8");
  const bytes = (pattern: RegExp) =>
    [...html.matchAll(pattern)]
      .map(([, path]) => gzipSync(readFileSync(join(dist, path ?? "")), { level: 9 }).length)
      .reduce((sum, size) => sum + size, 0);
  return { js: bytes(/(?:src|href)="(\/assets\/[^"]+\.js)"/g), css: bytes(/href="(\/assets\/[^"]+\.css)"/g) };
}
