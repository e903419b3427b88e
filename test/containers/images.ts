/**
 * The images the test needs besides the one that wrangler builds from host/Dockerfile. On a machine that reaches a registry
 * there are none: wrangler builds on node:24-slim and pulls its own sidecar. Without one, a Debian of the same parts
 * is made here (debootstrap, our own Node, the host's four packages), and host/Dockerfile is built on that.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Docker } from "./docker.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const PACKAGES = ["hono", "zod", "@hono/node-server", "@agentclientprotocol/sdk"];
/** Made anew when what is in it changes. */
const BASE = `townkeeper-test-base:${createHash("sha256").update(PACKAGES.map(versionOf).join()).digest("hex").slice(0, 12)}`;
const SIDECAR = "townkeeper-test-sidecar:1";

/** @returns what wrangler needs in its environment; a sentence if the images can't be had */
export async function prepareImages(docker: Docker, folder: string): Promise<Record<string, string> | string> {
  if (await hasRegistry(docker)) return {};
  if (!(await docker("images", "--quiet", BASE))) {
    const failure = await makeBase(docker, join(folder, "rootfs"));
    if (failure) return failure;
  }
  const sidecar = join(import.meta.dirname, "sidecar");
  await docker("build", "--quiet", "--build-arg", `BASE=${BASE}`, "--tag", SIDECAR, sidecar);
  return {
    WRANGLER_DOCKER_BIN: join(import.meta.dirname, "docker-offline.sh"),
    MINIFLARE_CONTAINER_EGRESS_IMAGE: SIDECAR,
    REAL_DOCKER: (await run("sh", ["-c", "command -v docker"])).stdout.trim(),
    TOWNKEEPER_BASE: BASE,
  };
}

function versionOf(name: string): string {
  const { version } = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8"));
  return `${name}@${version}`;
}

async function hasRegistry(docker: Docker): Promise<boolean> {
  return Promise.all([docker("pull", "--quiet", "node:24-slim"), docker("buildx", "version")]).then(
    () => true,
    () => false,
  );
}

/** @returns what went wrong; null: nothing */
async function makeBase(docker: Docker, tree: string): Promise<string | null> {
  try {
    await run("debootstrap", ["--version"]);
  } catch {
    return "there is no registry to pull node:24-slim from, and debootstrap is not installed to make one in its place";
  }
  rmSync(tree, { recursive: true, force: true });
  const with_ = "--include=git,ca-certificates,iptables";
  await run("debootstrap", ["--variant=minbase", with_, "bookworm", tree], { timeout: 300_000 });
  for (const spare of ["var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale"])
    rmSync(join(tree, spare), { recursive: true, force: true });
  cpSync(process.execPath, join(tree, "usr/local/bin/node"), { dereference: true });
  for (const name of PACKAGES) {
    const to = join(tree, "app/node_modules", name);
    mkdirSync(to, { recursive: true });
    cpSync(join(root, "node_modules", name), to, { recursive: true, dereference: true });
  }
  await run("tar", ["-C", tree, "-cf", `${tree}.tar`, "."]);
  const path = "ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
  await docker("import", "--change", path, `${tree}.tar`, BASE);
  for (const path of [tree, `${tree}.tar`]) rmSync(path, { recursive: true, force: true });
  return null;
}
