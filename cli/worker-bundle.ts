import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { Fault, messageOf } from "./fault.ts";
import { repoRoot } from "./paths.ts";

/** What wrangler would upload, as far as workerd needs it. */
const Metadata = z.object({
  main_module: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()).default([]),
  bindings: z.array(
    z.union([
      z.object({ type: z.literal("plain_text"), name: z.string(), text: z.string() }),
      z.object({ type: z.literal("durable_object_namespace"), name: z.string(), class_name: z.string() }),
      // Files of the page: workerd reads them from the disk.
      z.object({ type: z.literal("assets"), name: z.string() }),
    ]),
  ),
});

const Manifest = z.object({
  /** Of files beside the manifest; the first is where the Worker begins. */
  modules: z.array(z.object({ name: z.string(), file: z.string(), isCode: z.boolean() })),
  compatibilityDate: z.string(),
  compatibilityFlags: z.array(z.string()),
  vars: z.record(z.string(), z.string()),
  /** Class by binding. */
  objects: z.record(z.string(), z.string()),
});

/** A Worker, bundled as it would be deployed, in a folder. */
export type Bundle = z.infer<typeof Manifest> & { folder: string };

/** What the product's Worker is made of. */
const SOURCES = ["src/**/*.ts", "migrations/**", "wrangler.toml", "package-lock.json", "tsconfig*.json"];
/** So many are kept: a few branches, or versions, in turn. */
const KEPT = 4;
const MANIFEST = "manifest.json";

/**
 * The product's Worker, bundled once for each state of its sources.
 *
 * @throws Fault if it can't be bundled, with what wrangler said
 */
export async function workerBundle(onBuild: () => void = () => undefined): Promise<Bundle> {
  const kept = join(repoRoot, "node_modules/.cache/townkeeper");
  const folder = join(kept, `worker-${digestOfSources()}`);
  if (!existsSync(join(folder, MANIFEST))) {
    onBuild();
    const building = begun(kept);
    try {
      await bundle(join(repoRoot, "wrangler.toml"), building);
      // As any folder: who may read the checkout may run its Worker.
      chmodSync(building, 0o777 & ~process.umask());
      // Whole or not at all; another process may have been faster.
      renameSync(building, folder);
    } catch (error) {
      if (!existsSync(join(folder, MANIFEST))) throw error;
    } finally {
      rmSync(building, { recursive: true, force: true });
    }
  }
  try {
    utimesSync(folder, new Date(), new Date());
    prune(kept);
  } catch {
    // Whose checkout it is keeps it in order.
  }
  return read(folder);
}

function begun(kept: string): string {
  try {
    mkdirSync(kept, { recursive: true });
    return mkdtempSync(join(kept, "building-"));
  } catch (error) {
    throw new Fault(
      `the Worker can't be bundled: ${messageOf(error)}. Where the checkout is somebody else's, let them run \`npm install\` in it, or use one of your own.`,
    );
  }
}

/**
 * Any Worker, bundled into a folder that is there.
 *
 * @param config its wrangler.toml
 * @param entry instead of the one that its configuration names
 */
export async function bundle(config: string, folder: string, entry?: string): Promise<Bundle> {
  const form = await upload(config, entry);
  const { main_module, bindings, ...metadata } = Metadata.parse(JSON.parse(String(form.get("metadata"))));
  const modules = [...form]
    .flatMap(([name, part]) =>
      typeof part === "string" || part.type === "application/source-map" ? [] : [{ name, part }],
    )
    .toSorted((a, b) => Number(b.name === main_module) - Number(a.name === main_module));
  const written = modules.map(async ({ name, part }, index) => {
    const file = `${index}`;
    writeFileSync(join(folder, file), Buffer.from(await part.arrayBuffer()));
    return { name: name.replace(/^\.\//, ""), file, isCode: part.type.startsWith("application/javascript") };
  });
  const manifest: z.infer<typeof Manifest> = {
    modules: await Promise.all(written),
    compatibilityDate: metadata.compatibility_date,
    compatibilityFlags: metadata.compatibility_flags,
    vars: Object.fromEntries(bindings.flatMap((it) => (it.type === "plain_text" ? [[it.name, it.text]] : []))),
    objects: Object.fromEntries(
      bindings.flatMap((it) => (it.type === "durable_object_namespace" ? [[it.name, it.class_name]] : [])),
    ),
  };
  writeFileSync(join(folder, MANIFEST), JSON.stringify(manifest));
  return { ...manifest, folder };
}

function read(folder: string): Bundle {
  return { ...Manifest.parse(JSON.parse(readFileSync(join(folder, MANIFEST), "utf8"))), folder };
}

/** What `wrangler deploy` would send: a form of metadata and modules. */
async function upload(config: string, entry?: string): Promise<FormData> {
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-bundle-"));
  try {
    const outfile = join(folder, "upload");
    const flags = ["--dry-run", "--containers-rollout=none", "--outfile", outfile, "--config", config, "--env", ""];
    await wrangler(["deploy", ...(entry ? [entry] : []), ...flags]);
    const body = readFileSync(outfile);
    const boundary = body.subarray(2, body.indexOf("\r\n")).toString();
    return await new Response(body, {
      headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
    }).formData();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Wrangler asks the network for news and prints advertisements unless told not to. */
const QUIET = { CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" };

async function wrangler(args: string[]): Promise<void> {
  const program = join(repoRoot, "node_modules/wrangler/bin/wrangler.js");
  const child = spawn(process.execPath, [program, ...args], {
    cwd: repoRoot,
    env: { ...process.env, ...QUIET },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  for (const output of [child.stdout, child.stderr]) output.setEncoding("utf8").on("data", (text) => said.push(text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Fault(`the Worker can't be bundled:\n${said.join("").trim().slice(-4_000)}`, 1);
}

function digestOfSources(): string {
  const digest = createHash("sha256");
  for (const file of globSync(SOURCES, { cwd: repoRoot }).toSorted()) {
    if (!statSync(join(repoRoot, file)).isFile()) continue;
    digest
      .update(`${file}\0`)
      .update(readFileSync(join(repoRoot, file)))
      .update("\0");
  }
  return digest.digest("hex").slice(0, 20);
}

/** Those used least lately go, and what a killed build left behind. */
function prune(kept: string): void {
  const dayAgoMs = Date.now() - 86_400_000;
  const usedAtMs = (name: string) => statSync(join(kept, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const names = readdirSync(kept);
  const bundles = names.filter((name) => name.startsWith("worker-")).toSorted((a, b) => usedAtMs(b) - usedAtMs(a));
  const left = names.filter((name) => name.startsWith("building-") && usedAtMs(name) < dayAgoMs);
  for (const name of [...bundles.slice(KEPT), ...left]) rmSync(join(kept, name), { recursive: true, force: true });
}
