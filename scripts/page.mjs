/**
 * `npm run page`: builds the page into page/dist, if it is not what its sources say. `npm start`, `npm test`, `npm run check` and
 * `npm run deploy` do that by themselves.
 */
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { supervise } from "./supervise.mjs";

/** Beside the page itself, what it is made of. */
const SOURCES = ["page", "src/lib", "src/queries/health/banner.ts", "scripts/page.mjs", "package-lock.json"];
const DIGEST = ".digest";

/** Builds it with this Node unless that was done. @throws Error if it can't be built */
export async function preparePage(root, node) {
  if (isFresh(root)) return;
  const code = await supervise([node, join(root, "scripts/page.mjs")], { cwd: root, stdio: ["ignore", 2, 2] });
  if (code !== 0) throw new Error("the page could not be built; what was said stands above.");
}

const isFresh = (root) => {
  const file = join(root, "page/dist", DIGEST);
  return existsSync(file) && readFileSync(file, "utf8") === digestOf(root);
};

function digestOf(root) {
  const digest = createHash("sha256");
  for (const path of SOURCES.flatMap((source) => filesIn(join(root, source))).sort())
    digest
      .update(`${relative(root, path)}\0`)
      .update(readFileSync(path))
      .update("\0");
  return digest.digest("hex");
}

function filesIn(path) {
  if (!statSync(path).isDirectory()) return [path];
  const within = readdirSync(path).filter((name) => name !== "dist" && !name.startsWith("."));
  return within.flatMap((name) => filesIn(join(path, name)));
}

async function build(root) {
  const { build } = await import("vite");
  const { firstLoad } = await import("./first-load.ts");
  const digest = digestOf(root);
  const cache = join(root, "node_modules/.cache/townkeeper");
  mkdirSync(cache, { recursive: true });
  const outDir = mkdtempSync(join(cache, "page-"));
  try {
    await build({
      configFile: false,
      root: join(root, "page"),
      logLevel: "warn",
      oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
      build: {
        outDir,
        emptyOutDir: false,
        target: "es2023",
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        rolldownOptions: {
          output: {
            entryFileNames: "assets/[name].[hash].js",
            chunkFileNames: "assets/[name].[hash].js",
            assetFileNames: "assets/[name].[hash][extname]",
          },
        },
      },
    });
    writeFileSync(join(outDir, DIGEST), digest);
    // As any folder: who may read the checkout may serve its page.
    chmodSync(outDir, 0o777 & ~process.umask());
    const dist = join(root, "page/dist");
    rmSync(dist, { recursive: true, force: true });
    renameSync(outDir, dist);
    const { js, css } = firstLoad(dist);
    const kB = (size) => (size / 1_000).toFixed(1);
    console.log(`page: built; a first look loads ${kB(js)} kB of JavaScript and ${kB(css)} kB of styles, gzipped`);
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  if (isFresh(root)) console.log("page: as its sources say");
  else
    await build(root).catch((error) => {
      console.error(
        error.code === "EACCES"
          ? `page: ${error.message}. Where the checkout is somebody else's, let them run \`npm run page\` in it, or use one of your own.`
          : error,
      );
      process.exitCode = 1;
    });
}
