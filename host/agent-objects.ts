import { link, lstat, mkdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { maxObjectBytes, maxObjectFiles } from "./limits.ts";
import { StepFailure } from "./outcomes.ts";
import { entriesOf } from "./untrusted-files.ts";

/**
 * Puts an agent's objects into an object directory of the host's, as they are: the reader of them must check
 * them, as a fetch does. Only regular files with the names of objects come along: no pipe, no link, and no list of other
 * object directories. Both must be on one file system.
 *
 * @throws StepFailure `work_too_large`
 */
export async function linkObjects(from: string, to: string): Promise<void> {
  const room = { files: maxObjectFiles, bytes: maxObjectBytes };
  for (const { name } of await entriesOf(from)) {
    const wanted =
      name === "pack" ? /^pack-[0-9a-f]+\.(?:pack|idx)$/ : /^[0-9a-f]{2}$/.test(name) ? /^[0-9a-f]{38,62}$/ : null;
    if (!wanted) continue;
    const entries = (await entriesOf(join(from, name))).filter((entry) => entry.isFile && wanted.test(entry.name));
    if (entries.length > 0) await mkdir(join(to, name), { recursive: true, mode: 0o700 });
    await Promise.all(entries.map((entry) => linkOne(join(from, name, entry.name), join(to, name, entry.name), room)));
  }
}

async function linkOne(from: string, to: string, room: { files: number; bytes: number }): Promise<void> {
  await link(from, to);
  // Looked at where the agent can't put another file in its place.
  const found = await lstat(to);
  if (!found.isFile()) return void (await unlink(to));
  room.files -= 1;
  room.bytes -= found.size;
  if (room.files >= 0 && room.bytes >= 0) return;
  throw new StepFailure(
    "agent_failed",
    "work_too_large",
    `The agent's commits hold more than ${maxObjectBytes / 2 ** 30} GiB, or more than ${maxObjectFiles} objects. Commit less.`,
  );
}
