import { createHash, randomUUID } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { GitError, git } from "./git.ts";
import { enableLfs, fetchLfs, hasLfs, objectPath, usesLfs } from "./lfs.ts";
import { maxFileBytes } from "./limits.ts";
import { StepFailure } from "./outcomes.ts";
import { openRegular } from "./untrusted-files.ts";
import type { Workshop } from "./workshops.ts";

/** What a commit holds in place of a file's content. */
type Pointer = { id: string; bytes: number; path: string };

const atOnce = 100;

/** Of less than a kilobyte each: what git prints of them is bounded as well. */
const readAtOnce = 20_000;

/**
 * Uploads what the work's files in LFS hold, before the branch that needs it: from the working copy's own repository, or as
 * it came through the host's filter.
 *
 * @throws StepFailure `lfs_incomplete` if a content is nowhere, `lfs_failed` if the server takes none
 */
export async function uploadLfs(workshop: Workshop, head: string, signal: AbortSignal): Promise<void> {
  const { host, sources } = workshop;
  if (!hasLfs(host) && !(await usesLfs(host, head, signal))) return;
  enableLfs(host, sources);
  const pointers = await pointersIn(workshop, head, signal);
  if (pointers.length === 0) return;
  for (const pointer of pointers) await takeContent(workshop, pointer);
  const isMissing = ({ id }: Pointer) => !existsSync(objectPath(host.gitDir, id));
  if (pointers.some(isMissing)) await fetchLfs(host, head, signal).catch(() => undefined);
  signal.throwIfAborted();
  const missing = pointers.find(isMissing);
  if (missing) {
    const message = `${missing.path} is kept in LFS, and its content (sha256 ${missing.id.slice(0, 12)}…, ${missing.bytes} bytes) is neither in the agent's repository nor on the server: what lands could not be checked out. It must be added with git-lfs, or without LFS.`;
    throw new StepFailure("agent_failed", "lfs_incomplete", message);
  }
  await push(workshop, pointers, signal);
}

async function push({ host: { gitDir } }: Workshop, pointers: readonly Pointer[], signal: AbortSignal): Promise<void> {
  const ids = [...new Set(pointers.map(({ id }) => id))];
  try {
    for (let from = 0; from < ids.length; from += atOnce) {
      const some = ids.slice(from, from + atOnce);
      await git({ gitDir }, ["lfs", "push", "--object-id", "origin", ...some], { signal });
    }
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new StepFailure(
      "unreachable",
      "lfs_failed",
      `Files that are kept in LFS could not be uploaded. ${error.message}`,
    );
  }
}

/** All pointers that the work brings, in whichever of its commits. */
async function pointersIn({ host, base, heads }: Workshop, head: string, signal: AbortSignal): Promise<Pointer[]> {
  const known = [base, ...heads.values()].map((commit) => `^${commit}\n`).join("");
  const listed = await git(host, ["rev-list", "--objects", "--stdin"], { stdin: `${head}\n${known}`, signal });
  const paths = new Map(listed.split("\n").map((line) => [line.slice(0, 40), line.slice(41)]));
  const check = ["cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)"];
  const sizes = await git(host, check, { stdin: [...paths.keys()].join("\n"), signal });
  // No pointer is longer: git-lfs reads no more of one either.
  const small = [...sizes.matchAll(/^([0-9a-f]{40}) blob (\d+)$/gm)].filter(([, , size]) => Number(size) < 1_024);
  const pointers: Pointer[] = [];
  for (let from = 0; from < small.length; from += readAtOnce) {
    const stdin = small.slice(from, from + readAtOnce).map(([, blob]) => `${blob}\n`);
    const texts = await git(host, ["cat-file", "--batch"], { stdin: stdin.join(""), encoding: "latin1", signal });
    pointers.push(...pointersOf(texts, paths));
  }
  return pointers;
}

function pointersOf(texts: string, paths: ReadonlyMap<string, string>): Pointer[] {
  const format =
    /^([0-9a-f]{40}) blob \d+\nversion https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\nsize (\d+)\n/gm;
  return [...texts.matchAll(format)].map(([, blob = "", id = "", bytes]) => {
    return { id, bytes: Number(bytes), path: paths.get(blob) || blob };
  });
}

/** Copies a content from the agent's repository into the host's store, if it is what the pointer says. */
async function takeContent({ host }: Workshop, { id, bytes }: Pointer): Promise<void> {
  const to = objectPath(host.gitDir, id);
  if (existsSync(to) || bytes > maxFileBytes) return;
  const opened = await openRegular(objectPath(join(host.workTree, ".git"), id), bytes);
  if (!opened) return;
  const { file } = opened;
  const part = `${to}.${randomUUID()}.part`;
  try {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    const hash = createHash("sha256");
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(
      file.createReadStream({ end: bytes, autoClose: false }),
      measure,
      createWriteStream(part, { mode: 0o600 }),
    );
    if (hash.digest("hex") === id) await rename(part, to);
  } finally {
    await rm(part, { force: true });
    await file.close().catch(() => undefined);
  }
}
