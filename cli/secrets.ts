import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { StatePaths } from "./paths.ts";

export type Secrets = {
  /** Opens every route of the Worker. */
  token: string;
  /** The only token our host obeys. */
  hostToken: string;
  /** Signs the tokens with which runs report. */
  runTokenKey: string;
};

/** Reads the secrets of a state folder, and makes those that are not there yet. Never print what this returns. */
export function loadSecrets(paths: StatePaths): Secrets {
  return {
    token: secret(paths.token, "tk_"),
    hostToken: secret(paths.hostToken, "th_"),
    runTokenKey: secret(paths.runTokenKey, ""),
  };
}

function secret(path: string, prefix: string): string {
  if (existsSync(path)) {
    const known = readFileSync(path, "utf8").trim();
    if (known !== "") return known;
  }
  const made = prefix + randomBytes(32).toString("base64url");
  writeFileSync(path, `${made}\n`, { mode: 0o600 });
  return made;
}
