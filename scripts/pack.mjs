/**
 * `npm run pack`: makes dist/town, the terminal alone as a package: one file for plain Node, without dependencies, since Node strips no
 * types within node_modules. Then it is packed, and what npm calls the file is the last line. With `--folder` the folder is all.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { npm } from "./install.mjs";
import { supervise } from "./supervise.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "dist/town");

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await build({
  entryPoints: [join(root, "cli/town.ts")],
  outfile: join(folder, "town.mjs"),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "linked",
  // Some of what is bundled asks for Node's own modules by `require`, which a module does not have by itself.
  banner: {
    js: '#!/usr/bin/env node\nimport { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
  },
  logLevel: "warning",
});
const { name, version, description, license, type, engines } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
);
const manifest = { name, version, description, license, type, bin: { town: "town.mjs" }, engines };
writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"));
copyFileSync(join(root, "docs/cli.md"), join(folder, "README.md"));
if (!process.argv.includes("--folder"))
  process.exitCode = await supervise([...npm(), "pack", "--loglevel=error", folder], { cwd: join(root, "dist") });
