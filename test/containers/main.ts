/**
 * `npm run test:containers`: real beads in real containers. A Durable Object starts them through `@cloudflare/containers`
 * under `wrangler dev`, from host/Dockerfile; they are killed, ended and left alone, and what comes of it is looked at in
 * the town, in Docker and in the git remote. Without Docker it says what is missing, and fails only if
 * TOWNKEEPER_REQUIRE_DOCKER=1. What it needs besides: images.ts.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDocker } from "./docker.ts";
import { prepareImages } from "./images.ts";
import { openScene } from "./scene.ts";
import { stories } from "./stories.ts";

/** Kept between runs: the daemon's images are the slow part. */
const KEPT = join(tmpdir(), "townkeeper-containers");

function missing(what: string): never {
  console.log(`containers: not tried, since ${what}`);
  console.log("0 passed, 0 failed");
  process.exit(process.env.TOWNKEEPER_REQUIRE_DOCKER === "1" ? 1 : 0);
}

async function main(): Promise<number> {
  const docker = await openDocker(KEPT);
  if (typeof docker === "string") return missing(docker);
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-containers-run-"));
  let scene: Awaited<ReturnType<typeof openScene>> | null = null;
  const close = async () => {
    await scene?.close();
    scene = null;
    await docker.close();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void close().then(() => process.exit(1)));
  let [passed, failed] = [0, 0];
  try {
    const images = await prepareImages(docker, KEPT);
    if (typeof images === "string") {
      await close();
      return missing(images);
    }
    scene = await openScene(docker, folder, images);
    for (const [name, story] of Object.entries(stories)) {
      const startedMs = performance.now();
      try {
        await story(scene);
        passed++;
        console.log(`ok    ${name} (${((performance.now() - startedMs) / 1_000).toFixed(1)} s)`);
      } catch (error) {
        failed++;
        console.log(`FAIL  ${name}`);
        console.log(error);
        console.log(
          readFileSync(join(folder, "wrangler.log"), "utf8").split("\n").filter(isNews).slice(-20).join("\n"),
        );
      }
    }
  } finally {
    await close();
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

const isNews = (line: string): boolean => line.trim() !== "" && !/wrangler:info|^ *(Step|--->)/.test(line);

process.exit(await main());
