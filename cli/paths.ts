import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout that this program is part of. */
export const repoRoot = fileURLToPath(new URL("..", import.meta.url));

/** What `scripts/page.mjs` makes. */
export const builtPage = join(repoRoot, "page/dist");

/** Where `npm start` keeps all state, unless another folder is named. */
export const checkoutState = join(repoRoot, ".townkeeper");

/** Where things lie in a state folder. */
export function statePaths(state: string) {
  return {
    folder: state,
    lock: join(state, "lock"),
    /** The way in when all else is lost; it may do everything. */
    token: join(state, "token"),
    /** Of whoever runs `npm start`: what commands ask with. */
    userToken: join(state, "user-token"),
    url: join(state, "url"),
    /** The town that commands mean where none is named. */
    town: join(state, "town"),
    hostToken: join(state, "host-token"),
    runTokenKey: join(state, "run-token-key"),
    worker: join(state, "worker"),
    /** As wrangler's development server lays it out: states that were made under it are read on. */
    objects: join(state, "worker", "v3", "do"),
    /** There while the Worker starts: it holds its secrets. */
    workerConfig: join(state, "worker.capnp"),
    workerLog: join(state, "worker.log"),
    host: join(state, "host"),
    hostLog: join(state, "host.log"),
    sample: join(state, "sample"),
    library: join(state, "sample", "library.git"),
  };
}
export type StatePaths = ReturnType<typeof statePaths>;

/** A path as a person would write it here. */
export function shown(path: string): string {
  const near = relative(process.env.INIT_CWD ?? process.cwd(), path);
  return near !== "" && !near.startsWith("..") ? near : path;
}
