import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { Fault } from "./fault.ts";
import { type StatePaths, shown } from "./paths.ts";

export type Secrets = {
  /** Opens every route of the Worker. */
  token: string;
  /** The only token our host obeys. */
  hostToken: string;
  /** Signs the tokens with which runs report. */
  runTokenKey: string;
};

/** Fewer characters can be guessed. */
const LEAST_CHARS = 16;

type Warn = (line: string) => void;

/**
 * Reads the secrets of a state folder, and makes those that are not there yet. Never print what this returns.
 *
 * @throws Fault if one can't be read or written
 */
export function loadSecrets(paths: StatePaths, warn: Warn = () => undefined): Secrets {
  return {
    token: secret(paths.token, "tk_", warn),
    hostToken: secret(paths.hostToken, "th_", warn),
    runTokenKey: secret(paths.runTokenKey, "", warn),
  };
}

/** Null: there is none. */
export function readSecret(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim() || null;
  } catch {
    return null;
  }
}

function secret(path: string, prefix: string, warn: Warn): string {
  try {
    return known(path, warn) ?? made(path, prefix);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "EISDIR" ? "is a folder, and should be a file" : `can't be read or written (${code ?? error})`;
    throw new Fault(`the secret in ${shown(path)} ${why}: move it away, and the next start makes a new one`);
  }
}

function known(path: string, warn: Warn): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return null;
  const text = readFileSync(path, "utf8").trim();
  if ((stat.mode & 0o077) !== 0) {
    chmodSync(path, 0o600);
    warn(`${shown(path)} could be read by others; now only by you. Who may have seen it? Delete it for a new one`);
  }
  if (text !== "" && text.length < LEAST_CHARS)
    warn(`${shown(path)} has fewer than ${LEAST_CHARS} characters, which can be guessed. Delete it for a new one`);
  return text === "" ? null : text;
}

function made(path: string, prefix: string): string {
  const text = prefix + randomBytes(32).toString("base64url");
  writeFileSync(path, `${text}\n`, { mode: 0o600 });
  return text;
}
